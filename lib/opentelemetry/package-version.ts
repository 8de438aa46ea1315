/** That of package.json, which a bundle does not have beside it. */
export const PACKAGE_VERSION = '0.1.0';
