import { SpectrahedronError } from "../errors.ts";

/** The command line asks for something that cannot be done; the message says why. Exit code 1. */
export class CliError extends SpectrahedronError {}
