import { Command } from "commander";
import { readProblemFile, writeProblemFile } from "../../formats/node-files.ts";
import { checkDistinct, checkWritable } from "../output-file.ts";

/** `spectrahedron convert IN OUT`. */
export function convertCommand(): Command {
  return new Command("convert")
    .description("rewrite a problem in another format, chosen by the ending of OUT")
    .argument("<in>", "problem: .dat-s, .cbf, .mps or .json, also with .gz")
    .argument("<out>", "file to write: .dat-s, .cbf or .json, also with .gz")
    .addHelpText("after", "\nExample:\n  $ spectrahedron convert theta1.dat-s theta1.json")
    .action(async (input: string, output: string) => {
      checkDistinct([input], [output]);
      await checkWritable(output);
      const problem = await readProblemFile(input);
      await writeProblemFile(problem, output);
    });
}
