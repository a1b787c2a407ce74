import type { TaskInput, TaskName } from "../../../tasks/task.ts";

export interface LoadedExample {
  readonly inputs: Readonly<Record<string, TaskInput>>;
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** Something to try without a file of one's own. */
export interface Example {
  readonly id: string;
  readonly task: TaskName;
  readonly title: string;
  /** What it is, how large, and what comes out where that is known. */
  readonly note: string;
  load(): Promise<LoadedExample>;
}

/** An example whose input is made up here. */
export function generated(
  head: Pick<Example, "id" | "task" | "title" | "note">,
  make: () => Partial<Record<string, { readonly name: string; readonly text: string }>>,
  parameters: Readonly<Record<string, unknown>> = {},
): Example {
  return {
    ...head,
    load: async () => {
      const inputs: Record<string, TaskInput> = {};
      for (const [slot, file] of Object.entries(make())) {
        if (file !== undefined) inputs[slot] = { name: file.name, bytes: new TextEncoder().encode(file.text) };
      }
      return { inputs, parameters };
    },
  };
}

/** An example whose files lie beside the page. @throws Error when they cannot be loaded */
export function stored(
  head: Pick<Example, "id" | "task" | "title" | "note">,
  files: Readonly<Record<string, { readonly name: string; readonly address: string }>>,
  parameters: Readonly<Record<string, unknown>> = {},
): Example {
  return {
    ...head,
    load: async () => {
      const entries = Object.entries(files).map(async ([slot, { name, address }]) => {
        const response = await fetch(address);
        if (!response.ok) throw new Error(`${name} could not be loaded: the server answered ${response.status}.`);
        return [slot, { name, bytes: new Uint8Array(await response.arrayBuffer()) }] as const;
      });
      return { inputs: Object.fromEntries(await Promise.all(entries)), parameters };
    },
  };
}
