#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { SpectrahedronError } from "../errors.ts";
import { version } from "../version.ts";
import { activationCommand } from "./commands/activation.ts";
import { boundCommand } from "./commands/bound.ts";
import { convertCommand } from "./commands/convert.ts";
import { devicesCommand } from "./commands/devices.ts";
import { infoCommand } from "./commands/info.ts";
import { minimizeCommand } from "./commands/minimize.ts";
import { predictCommand } from "./commands/predict.ts";
import { quantizeCommand } from "./commands/quantize.ts";
import { solveCommand } from "./commands/solve.ts";
import { sosxCommand } from "./commands/sosx.ts";
import { jobProcessCommand, sweepCommand } from "./commands/sweep.ts";
import { workerCommand } from "./commands/worker.ts";
import { EXIT_BAD_INPUT, EXIT_INTERNAL } from "./exit-codes.ts";

/** The whole command line. */
function program(): Command {
  const root = new Command("spectrahedron")
    .description("Semidefinite and conic programming, and four systems built on it")
    .version(version)
    .addHelpText("after", "\nExample:\n  $ spectrahedron solve theta1.dat-s --eps 1e-4")
    .showHelpAfterError("(add --help for the options)");
  const commands = [
    ...[solveCommand(), infoCommand(), convertCommand(), devicesCommand()],
    ...[quantizeCommand(), predictCommand(), minimizeCommand(), activationCommand(), boundCommand(), sosxCommand()],
    ...[sweepCommand(), workerCommand()],
  ];
  for (const command of commands) {
    root.addCommand(command.copyInheritedSettings(root).exitOverride());
  }
  root.addCommand(jobProcessCommand(), { hidden: true });
  return root.exitOverride();
}

/** Tells the user what went wrong; returns the exit code. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (error instanceof SpectrahedronError || (error instanceof Error && code !== undefined && /^E[A-Z]+$/.test(code))) {
    process.stderr.write(`spectrahedron: ${error.message}\n`);
    return EXIT_BAD_INPUT;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`spectrahedron: internal fault, please report it with the file that causes it\n${text}\n`);
  return EXIT_INTERNAL;
}

// A reader that closes the pipe early (`| head`) is no fault.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit();
  throw error;
});

try {
  await program().parseAsync();
} catch (error) {
  process.exitCode = explain(error);
}
