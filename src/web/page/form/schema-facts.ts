import { z } from "zod";
import type { Task } from "../../../tasks/task.ts";
import type { FieldKind, FieldSpec } from "../specs/task-spec.ts";
import type { FieldFacts } from "./control.ts";

interface SchemaNode {
  readonly type?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
}

/** What a task's schema says of its parameters. */
export interface SchemaFacts {
  readonly names: readonly string[];
  /** Default and choices of a parameter. */
  of(name: string): FieldFacts;
  /** A field for a parameter that the page has no words for: from its name and type. */
  field(name: string): FieldSpec;
}

export function schemaFacts({ parameters }: Pick<Task, "parameters">): SchemaFacts {
  const root = z.toJSONSchema(parameters, { io: "input", unrepresentable: "any" }) as SchemaNode;
  const properties = root.properties ?? {};
  return {
    names: Object.keys(properties),
    of: (name) => {
      const node = properties[name] as SchemaNode | undefined;
      if (node === undefined) return {};
      const values = valuesOf(node);
      return { ...(node.default !== undefined && { default: node.default }), ...(values && { values }) };
    },
    field: (name) => ({ name, label: words(name), kind: kindOf(properties[name]), more: true }),
  };
}

/** The texts that a parameter, or an entry of its list, may be. */
function valuesOf(node: SchemaNode): readonly string[] | undefined {
  if (node.enum !== undefined) return node.enum.map(String);
  if (node.items !== undefined) return valuesOf(node.items);
  return node.anyOf?.map(valuesOf).find((values) => values !== undefined);
}

function kindOf({ type, enum: values, items }: SchemaNode): FieldKind {
  if (values !== undefined) return "choice";
  switch (type) {
    case "boolean":
      return "flag";
    case "number":
    case "integer":
      return "number";
    case "array":
      if (items?.enum !== undefined) return "checks";
      return items?.type === "number" || items?.type === "integer" ? "numbers" : "names";
    default:
      return "text";
  }
}

/** `maxIterations` → `Max iterations`. */
function words(name: string): string {
  const spaced = name.replace(/([A-Z])/g, (letter) => ` ${letter.toLowerCase()}`);
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}
