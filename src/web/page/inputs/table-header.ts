import { parseCsv } from "../../../formats/csv.ts";
import type { TaskInput } from "../../../tasks/task.ts";

const HEAD_BYTES = 1 << 16;

/** Names of a table's columns, from its first line; empty where there is none to read (yet). */
export async function columnsOf({ name, bytes }: TaskInput): Promise<readonly string[]> {
  const gzipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  try {
    const text = gzipped ? await gunzipHead(bytes) : new TextDecoder().decode(bytes.subarray(0, HEAD_BYTES));
    const line = /^[^\r\n]*/.exec(text)?.[0] ?? "";
    return parseCsv(`${line}\n`, { name }).header;
  } catch {
    // What is wrong with the table is told by the task, with its line.
    return [];
  }
}

async function gunzipHead(bytes: Uint8Array): Promise<string> {
  const stream = new Blob([bytes as Uint8Array<ArrayBuffer>]).stream().pipeThrough(new DecompressionStream("gzip"));
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = "";
  while (text.length < HEAD_BYTES && !text.includes("\n")) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  return text;
}
