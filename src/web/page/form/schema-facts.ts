import * as z from "zod";
import type { Task } from "../../../tasks/task.ts";
import type { FieldFacts } from "./control.ts";

interface SchemaNode {
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
}

/** Defaults and choices of a task's parameters, from its schema. */
export function schemaFacts({ parameters }: Pick<Task, "parameters">): (name: string) => FieldFacts {
  const root = z.toJSONSchema(parameters, { io: "input", unrepresentable: "any" }) as SchemaNode;
  return (name) => {
    const node = root.properties?.[name];
    if (node === undefined) return {};
    const values = valuesOf(node);
    return { ...(node.default !== undefined && { default: node.default }), ...(values && { values }) };
  };
}

/** The texts that a parameter, or an entry of its list, may be. */
function valuesOf(node: SchemaNode): readonly string[] | undefined {
  if (node.enum !== undefined) return node.enum.map(String);
  if (node.items !== undefined) return valuesOf(node.items);
  return node.anyOf?.map(valuesOf).find((values) => values !== undefined);
}
