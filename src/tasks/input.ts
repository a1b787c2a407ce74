import { FormatError, SettingsError } from "../errors.ts";
import { byteChunks } from "../formats/byte-source.ts";
import type { InputSlot, TaskInput } from "./task.ts";

/** Text of an input, gunzipped where it is gzipped; a byte order mark is dropped. @throws FormatError for damaged gzip */
export async function inputText({ name, bytes }: TaskInput): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of byteChunks(bytes, name)) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

/** An input parsed as JSON. @throws FormatError where it is none */
export async function inputJson(input: TaskInput): Promise<unknown> {
  const text = await inputText(input);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new FormatError(`not JSON: ${(error as Error).message}`, { file: input.name });
  }
}

/** The input of a slot that the task cannot do without. @throws SettingsError where it is missing */
export function requiredInput(inputs: Readonly<Record<string, TaskInput>>, slot: InputSlot): TaskInput {
  const input = inputs[slot.name] as TaskInput | undefined;
  if (input === undefined) {
    throw new SettingsError(`the input "${slot.name}" is missing: ${slot.description}`, { field: slot.name });
  }
  return input;
}

/** The input of a slot, where it was given. */
export function optionalInput(inputs: Readonly<Record<string, TaskInput>>, slot: InputSlot): TaskInput | undefined {
  return inputs[slot.name] as TaskInput | undefined;
}
