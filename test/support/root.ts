/** The folder of the repository, wherever the code that asks was compiled to. */
export const ROOT = new URL('.', import.meta.resolve('nestjs-remote/package.json'));
