#!/usr/bin/env node
import { createProgram } from './program.js';
import { ExitCode, printError } from './output.js';
import { prepareStandardStreams } from './standard-streams.js';

prepareStandardStreams();
try {
  await createProgram().parseAsync();
} catch (error) {
  printError(error);
  process.exitCode = ExitCode.FAILED;
}
