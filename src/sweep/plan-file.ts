import { readFile, stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import { isMap, isNode, isPair, isScalar, LineCounter, parseDocument } from "yaml";
import type { Document, Node } from "yaml";
import { FormatError } from "../errors.ts";
import { schemaFaults } from "../tasks/schema-fault.ts";
import { planSchema } from "./plan.ts";
import type { Plan } from "./plan.ts";

/** A plan larger than this is a mistake. */
const LARGEST = 16 * 1024 ** 2;

export type PlanPath = readonly (string | number)[];

/** A plan with the place of everything in its file. */
export interface PlanFile {
  readonly plan: Plan;
  /** `plan.name`, else the file's name without its ending. */
  readonly name: string;
  /** Folder that relative paths start from. */
  readonly folder: string;
  /** An error that names file, line and column of a part of the plan. */
  fault(message: string, path: PlanPath): FormatError;
}

/** Reads a plan. @throws FormatError with line and column; the system's error where the file cannot be read */
export async function readPlanFile(path: string): Promise<PlanFile> {
  const { size } = await stat(path);
  if (size > LARGEST) throw new FormatError(`a plan of ${size} bytes is too large`, { file: path });
  return parsePlan(await readFile(path, "utf8"), path);
}

/**
 * Parses a plan in YAML, of which JSON is a part.
 * @param file path, for errors, the name and relative paths
 * @throws FormatError with line and column: bad YAML, unknown keys (with the nearest known one), values out of range
 */
export function parsePlan(text: string, file: string): PlanFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error !== undefined) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new FormatError(`not YAML: ${error.message}`, { file, line, column: col });
  }
  const fault = (message: string, path: PlanPath): FormatError => {
    const at = lines.linePos(offsetOf(document, path));
    return new FormatError(message, { file, line: at.line, column: at.col, field: path.join(".") });
  };
  const given: unknown = document.toJS();
  const parsed = planSchema.safeParse(given);
  if (!parsed.success) {
    const [first, ...more] = schemaFaults(planSchema, given, parsed.error, { entry: "key", whole: "the plan" });
    const rest = more.map((one) => `\n${fault(one.message, one.path).message}`).join("");
    throw fault(first.message + rest, first.path);
  }
  return {
    plan: parsed.data,
    name: parsed.data.name ?? basename(file).replace(/\.(ya?ml|json)$/i, ""),
    folder: dirname(resolve(file)),
    fault,
  };
}

/** Where the deepest part of a path that exists begins: at its key in a mapping, at the entry in a list. */
function offsetOf(document: Document, path: PlanPath): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const part of path) {
    if (isMap(node)) {
      const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(part));
      if (!isPair(pair)) break;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else {
      const entry = isNode(node) && "items" in node ? (node as { readonly items: unknown[] }).items[Number(part)] : undefined;
      if (entry === undefined) break;
      node = entry;
      offset = startOf(node) ?? offset;
    }
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? (node as Node).range?.[0] : undefined;
}
