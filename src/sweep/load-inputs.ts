import { readFile } from "node:fs/promises";
import { FormatError } from "../errors.ts";
import { parseCsv } from "../formats/csv.ts";
import { generateInputs } from "../tasks/generate/registry.ts";
import { inputText } from "../tasks/input.ts";
import type { TaskInput } from "../tasks/task.ts";
import type { InputReference, Job, TableCut } from "./job.ts";
import { sha256 } from "./json.ts";

/** Bytes of inputs that are kept between jobs. */
const CACHE_BYTES = 64 * 1024 ** 2;

/** Everything that a task is run with. */
export interface LoadedInputs {
  readonly inputs: Readonly<Record<string, TaskInput>>;
  /** Of generated inputs: what the record is worth against the truth. */
  assess?(record: unknown): Readonly<Record<string, number | null>>;
}

/** Where the bytes of a reference come from: its path here, or a store that knows them by hash. */
export type ByteLoader = (reference: InputReference) => Promise<Uint8Array>;

/** Reads the bytes from the path of the reference. */
export const fromPath: ByteLoader = async ({ name, path, sha256: hash }) => {
  if (path === undefined) throw new FormatError(`the input ${name} (SHA-256 ${hash}) is not here`, { file: name });
  return readFile(path);
};

/** Loads the inputs of jobs, checks their hashes, and keeps the last ones for the next job. */
export class InputLoader {
  private readonly bytesOf: ByteLoader;
  private readonly cache = new Map<string, Uint8Array>();
  private held = 0;

  constructor(bytesOf: ByteLoader = fromPath) {
    this.bytesOf = bytesOf;
  }

  /** @throws FormatError for a file that is no longer what it was; SettingsError from the generator */
  async load(job: Pick<Job, "inputs" | "generate">): Promise<LoadedInputs> {
    const generated = job.generate && (await generateInputs(job.generate));
    const inputs: Record<string, TaskInput> = { ...generated?.inputs };
    for (const [slot, reference] of Object.entries(job.inputs)) inputs[slot] = await this.input(reference);
    return { inputs, ...(generated && { assess: (record: unknown) => generated.assess(record) }) };
  }

  private async input(reference: InputReference): Promise<TaskInput> {
    const { name, cut } = reference;
    const input = { name, bytes: await this.checkedBytes(reference) };
    return cut === undefined ? input : cutTable(input, cut);
  }

  private async checkedBytes(reference: InputReference): Promise<Uint8Array> {
    const { sha256: hash, name, path } = reference;
    const known = this.cache.get(hash);
    if (known !== undefined) return known;
    const bytes = await this.bytesOf(reference);
    if (sha256(bytes) !== hash) {
      throw new FormatError(`the file has changed since the sweep was planned: its SHA-256 is no longer ${hash}`, { file: path ?? name });
    }
    this.keep(hash, bytes);
    return bytes;
  }

  private keep(hash: string, bytes: Uint8Array): void {
    if (bytes.length > CACHE_BYTES / 4) return;
    this.cache.set(hash, bytes);
    this.held += bytes.length;
    for (const [oldest, { length }] of this.cache) {
      if (this.held <= CACHE_BYTES) break;
      this.cache.delete(oldest);
      this.held -= length;
    }
  }
}

/** Named columns of a table in the order given, rows without gaps, the first ones. @throws FormatError */
export async function cutTable(input: TaskInput, { columns, rows: most = Infinity }: TableCut): Promise<TaskInput> {
  const table = parseCsv(await inputText(input), { name: input.name });
  const kept = (columns ?? table.header).map((name) => {
    const at = table.header.indexOf(name);
    if (at < 0) throw new FormatError(`there is no column "${name}"`, { file: input.name, line: 1 });
    return at;
  });
  const rows = table.rows.map((row) => kept.map((k) => row[k])).filter((row) => !row.includes(undefined));
  const lines = [kept.map((k) => table.header[k]), ...rows.slice(0, most)];
  const text = lines.map((row) => row.map((cell) => csvCell(cell ?? "")).join(",")).join("\n");
  return { name: input.name.replace(/\.gz$/i, ""), bytes: new TextEncoder().encode(`${text}\n`) };
}

function csvCell(text: string): string {
  return /[",\r\n]|^\s|\s$|^$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
