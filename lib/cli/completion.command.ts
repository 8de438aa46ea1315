import { Argument, Command } from 'commander';
import { SHELL_NAMES, type Shell, completionScript } from './completion-scripts.js';

/** `nestjs-remote completion`: prints what a shell needs to complete the commands of a program. */
export function completionCommand(program: Command): Command {
  return new Command('completion')
    .description('print a script by which a shell completes commands and options')
    .addArgument(new Argument('<SHELL>', 'the shell to print it for').choices(SHELL_NAMES))
    .addHelpText(
      'after',
      `
Examples, for the shell's start-up file:
  eval "$(nestjs-remote completion bash)"
  eval "$(nestjs-remote completion zsh)"
  nestjs-remote completion fish | source`,
    )
    .action((shell: Shell) => void process.stdout.write(completionScript(shell, program)));
}
