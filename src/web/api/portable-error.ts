import type { FaultLocation } from "../../errors.ts";
import * as known from "../../errors.ts";
import { WorkerError } from "./worker-error.ts";

/** An error as it crosses between threads; structured cloning keeps neither classes nor own properties. */
export interface PortableError {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
  /** Present for errors of this package. */
  readonly location?: FaultLocation;
  readonly cause?: PortableError;
}

/** Causes of causes that are carried along. */
const DEPTH = 3;

const classes: Readonly<Record<string, { readonly prototype: Error }>> = {
  SpectrahedronError: known.SpectrahedronError,
  ProblemError: known.ProblemError,
  SettingsError: known.SettingsError,
  FormatError: known.FormatError,
  WarmStartError: known.WarmStartError,
  UnsupportedError: known.UnsupportedError,
  WorkerError,
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  EvalError,
  URIError,
};

/** What is posted for something thrown. */
export function toPortable(thrown: unknown, depth = DEPTH): PortableError {
  if (!(thrown instanceof Error)) return { name: "Error", message: String(thrown) };
  const { name, message, stack, cause } = thrown;
  return {
    name,
    message,
    ...(stack !== undefined && { stack }),
    ...(thrown instanceof known.SpectrahedronError && { location: cloneable(thrown.location) }),
    ...(cause !== undefined && depth > 0 && { cause: toPortable(cause, depth - 1) }),
  };
}

/** The error again, of the class that was thrown; one of a class unknown here is the nearest base, with its name. */
export function fromPortable({ name, message, stack, location, cause }: PortableError): Error {
  if (name === "AbortError") return new DOMException(message, name);
  const options = cause && { cause: fromPortable(cause) };
  const error = location ? new known.SpectrahedronError(message, location, options) : new Error(message, options);
  const prototype = classes[name]?.prototype;
  // Constructors may add to the message (FormatError does): the class is put on afterwards.
  if (prototype) Object.setPrototypeOf(error, prototype);
  error.name = name;
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** The offending value may be anything, a function even. */
function cloneable(location: FaultLocation): FaultLocation {
  const { value } = location;
  const plain = value === null || ["string", "number", "boolean", "undefined", "bigint"].includes(typeof value);
  return plain ? location : { ...location, value: String(value) };
}
