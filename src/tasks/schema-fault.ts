import { closest } from "fastest-levenshtein";
import * as z from "zod";
import { quote } from "../formats/line-scanner.ts";

/** The first fault of a value that a schema refuses. */
export interface SchemaFault {
  /** Where it lies: keys and indices from the root. For an unknown key the path ends in that key. */
  readonly path: readonly (string | number)[];
  /** The value there; undefined for a missing one. */
  readonly value: unknown;
  /** What is wrong, e.g. `eps is 7; it must be at most 1`. */
  readonly message: string;
}

/** What messages call an entry (`parameter`) and the whole (`the parameters`). */
export interface SchemaWords {
  readonly entry: string;
  readonly whole: string;
}

/**
 * The faults of a value that a schema has refused, in words a person can act on: the key, its value, what it must be
 * and, for unknown keys, the nearest known one.
 */
export function schemaFaults(schema: z.ZodType, given: unknown, error: z.ZodError, words: SchemaWords): SchemaFault[] {
  return error.issues.flatMap((issue) => faultsOf(schema, given, issue, words));
}

function faultsOf(schema: z.ZodType, given: unknown, issue: z.core.$ZodIssue, words: SchemaWords): SchemaFault[] {
  const path = issue.path.map((part) => (typeof part === "symbol" ? String(part) : part));
  const value = valueAt(given, path);
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(schemaAt(schema, path));
    return issue.keys.map((key) => ({
      path: [...path, key],
      value: (value as Readonly<Record<string, unknown>>)[key],
      message: `unknown ${words.entry} ${quote(pathText([...path, key]))}${suggestion(key, known)}`,
    }));
  }
  const name = pathText(path);
  if (issue.code === "custom") return [{ path, value, message: name === "" ? issue.message : `${name}: ${issue.message}` }];
  const subject = name === "" ? words.whole : name;
  const must = expectation(issue);
  if (value === undefined) return [{ path, value, message: `${subject} is missing; ${must}` }];
  return [{ path, value, message: `${subject} is ${shown(value)}; ${must}` }];
}

/** `; did you mean "eps"? Known are eps, …` */
export function suggestion(key: string, known: readonly string[]): string {
  if (known.length === 0) return "";
  return `; did you mean ${quote(closest(key, [...known]))}? Known are ${known.join(", ")}`;
}

/** `grid.eps[2]`. */
export function pathText(path: readonly (string | number)[]): string {
  return path.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : text === "" ? part : `${text}.${part}`),
    "",
  );
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case "too_small":
      return `it must be ${issue.inclusive === false ? "more than" : "at least"} ${sizeText(issue.origin, issue.minimum)}`;
    case "too_big":
      return `it must be ${issue.inclusive === false ? "less than" : "at most"} ${sizeText(issue.origin, issue.maximum)}`;
    case "invalid_value":
      return `it must be ${issue.values.length === 1 ? "" : "one of "}${issue.values.map(String).join(", ")}`;
    case "invalid_type":
      return `it must be ${article(issue.expected)}`;
    default:
      return issue.message.replace(/^[A-Z]/, (letter) => letter.toLowerCase());
  }
}

function sizeText(origin: string, size: number | bigint): string {
  if (origin === "string") return `${size} characters long`;
  return origin === "array" || origin === "set" ? `${size} entries long` : String(size);
}

function article(expected: string): string {
  const names: Readonly<Record<string, string>> = {
    int: "a whole number",
    number: "a finite number",
    string: "a text",
    boolean: "true or false",
    array: "a list",
    tuple: "a list",
    object: "a mapping of names to values",
    record: "a mapping of names to values",
  };
  return names[expected] ?? expected;
}

function shown(value: unknown): string {
  if (typeof value === "string") return quote(value);
  if (typeof value === "number") return String(value);
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}…` : text;
}

function valueAt(value: unknown, path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (at, part) => (typeof at === "object" && at !== null ? (at as Readonly<Record<string, unknown>>)[part] : undefined),
    value,
  );
}

/** The schemas that a path may lead to: several where there are unions. */
function schemaAt(schema: z.ZodType, path: readonly (string | number)[]): z.ZodType[] {
  return path.reduce<z.ZodType[]>((at, part) => at.flatMap((s) => unwrap(s).flatMap((inner) => member(inner, part))), [schema]);
}

function member(schema: z.ZodType, part: string | number): z.ZodType[] {
  if (schema instanceof z.ZodObject) {
    const shape = schema.shape as Readonly<Record<string, z.ZodType | undefined>>;
    const found = shape[part];
    return found === undefined ? [] : [found];
  }
  if (schema instanceof z.ZodArray) return [schema.element as z.ZodType];
  if (schema instanceof z.ZodRecord) return [schema.valueType as z.ZodType];
  return [];
}

function unwrap(schema: z.ZodType): z.ZodType[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodReadonly) {
    return unwrap(schema.unwrap() as z.ZodType);
  }
  if (schema instanceof z.ZodUnion) return (schema.options as readonly z.ZodType[]).flatMap(unwrap);
  if (schema instanceof z.ZodPipe) return unwrap(schema.in as z.ZodType);
  return [schema];
}

function knownKeys(schemas: readonly z.ZodType[]): string[] {
  const objects = schemas.flatMap(unwrap).filter((schema) => schema instanceof z.ZodObject);
  return [...new Set(objects.flatMap((schema) => Object.keys(schema.shape)))];
}

/** Names of the keys that a schema of an object knows. */
export function schemaKeys(schema: z.ZodType): string[] {
  return knownKeys([schema]);
}
