/** Where in a user's input a fault lies. Every part is optional; what is known is filled in. */
export interface FaultLocation {
  /** Field of a {@link ConicProblem}, setting or record, e.g. `"A.values"`, `"cones[3].order"`. */
  readonly field?: string;
  /** Zero-based index inside that field. */
  readonly index?: number;
  /** The offending value as given. */
  readonly value?: unknown;
  /** Name or path of the file. */
  readonly file?: string;
  /** One-based line of the file. */
  readonly line?: number;
  /** One-based column of the line. */
  readonly column?: number;
}

/** Base of every error this package throws on purpose. `location` says where, the message says what to do. */
export class SpectrahedronError extends Error {
  readonly location: FaultLocation;
  constructor(message: string, location: FaultLocation = {}, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.location = location;
  }
}

/** A problem handed to the solver is malformed: dimensions, indices, non-finite numbers, cones. */
export class ProblemError extends SpectrahedronError {}

/** A setting has an unknown name or a value outside its range. */
export class SettingsError extends SpectrahedronError {}

/** A file cannot be read as the format it claims to be. The message begins with `file:line:column`. */
export class FormatError extends SpectrahedronError {
  constructor(message: string, location: FaultLocation = {}, options?: ErrorOptions) {
    const { file, line, column } = location;
    const where = [file, line, line === undefined ? undefined : column].filter((p) => p !== undefined).join(":");
    super(where === "" ? message : `${where}: ${message}`, location, options);
  }
}

/** A warm start does not fit the problem (lengths, non-finite numbers). It is refused, never ignored. */
export class WarmStartError extends SpectrahedronError {}

/** Something the platform lacks (WebAssembly SIMD, threads, an adapter) was asked for by name. */
export class UnsupportedError extends SpectrahedronError {}
