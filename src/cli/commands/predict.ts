import { readFile } from "node:fs/promises";
import { Command } from "commander";
import { csvColumn, parseCsv } from "../../formats/csv.ts";
import { scaledSamples } from "../../quantized/experiment/prepare.ts";
import { readNetwork } from "../../quantized/network/json.ts";
import { IntegerPredictor, interpret } from "../../quantized/network/predictor.ts";
import { checkDistinct, checkWritable, replaceText } from "../output-file.ts";

interface PredictOptions {
  readonly output?: string;
}

/** `spectrahedron predict NET DATA.csv`. */
export function predictCommand(): Command {
  return new Command("predict")
    .description("apply a network saved by quantize, with integer additions in its hidden layer")
    .argument("<net>", "network written by quantize --save (.json)")
    .argument("<data>", "table with the network's feature columns (.csv)")
    .option("--output <csv>", "where to write the predictions; default standard output")
    .addHelpText("after", "\nExample:\n  $ spectrahedron predict net.json new.csv --output predictions.csv")
    .action(runPredict);
}

async function runPredict(net: string, data: string, options: PredictOptions): Promise<void> {
  if (options.output !== undefined) {
    checkDistinct([net, data], [options.output]);
    await checkWritable(options.output);
  }
  const network = readNetwork(await readFile(net, "utf8"), net);
  const table = parseCsv(await readFile(data, "utf8"), { name: data });
  const { count, features, values } = scaledSamples(table, network.input);
  const predictor = new IntegerPredictor(
    network,
    values.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
  );
  const { target } = network.meaning;
  const known = table.header.includes(target) ? csvColumn(table, target) : undefined;
  const lines = [target];
  let right = 0;
  let squares = 0;
  const x = new Float64Array(features);
  for (let i = 0; i < count; i++) {
    for (let j = 0; j < features; j++) x[j] = values[j * count + i];
    const found = interpret(network, predictor.outputs(x));
    lines.push(typeof found === "number" ? String(found) : quoted(found));
    if (known?.[i] === String(found)) right++;
    if (typeof found === "number") squares += (found - Number(known?.[i])) ** 2;
  }
  const text = `${lines.join("\n")}\n`;
  if (options.output === undefined) process.stdout.write(text);
  else await replaceText(options.output, text);
  if (known !== undefined && count > 0) {
    process.stderr.write(
      network.meaning.kind === "classification"
        ? `${right} of ${count} agree with column ${target} (${((100 * right) / count).toFixed(1)} %)\n`
        : `root mean squared error against column ${target}: ${Math.sqrt(squares / count)}\n`,
    );
  }
}

/** A cell of RFC 4180. */
function quoted(cell: string): string {
  return /[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
