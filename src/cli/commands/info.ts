import { Command } from "commander";
import { readProblemFile } from "../../formats/node-files.ts";
import { problemReport } from "../../report/problem-summary.ts";

/** `spectrahedron info FILE`. */
export function infoCommand(): Command {
  return new Command("info")
    .description("print the sizes, cones and magnitudes of a problem")
    .argument("<file>", "problem: .dat-s, .cbf, .mps or .json, also with .gz")
    .action(async (file: string) => {
      const problem = await readProblemFile(file);
      process.stdout.write(`${"format".padEnd(17)}${problem.source.format}\n${problemReport(problem)}\n`);
    });
}
