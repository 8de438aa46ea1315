#!/usr/bin/env node
import { createProgram } from './program.js';
import { exitCodeOf, printError } from './output.js';
import { prepareStandardStreams } from './standard-streams.js';

prepareStandardStreams();
try {
  await createProgram().parseAsync();
} catch (error) {
  printError(error);
  process.exitCode = exitCodeOf(error);
}
