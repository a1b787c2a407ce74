import type { TaskName } from "../../../tasks/task.ts";
import type { SeriesName } from "../charts/history.ts";

/** How a parameter is asked for. What is allowed and the default come from the task's own schema. */
export type FieldKind =
  | "number"
  | "text"
  | "choice"
  | "flag"
  /** One text of several lines. */
  | "block"
  /** A list, one entry a line. */
  | "lines"
  /** A list of numbers with commas. */
  | "numbers"
  /** Numbers with commas, or a word. */
  | "numbersOrWord"
  /** A list of names with commas. */
  | "names"
  /** Several of a few. */
  | "checks"
  /** A column of the table that was given; `columns` gives a list of one. */
  | "column"
  | "columns";

export interface FieldSpec {
  /** Name of the parameter. */
  readonly name: string;
  readonly label: string;
  readonly kind: FieldKind;
  readonly help?: string;
  readonly unit?: string;
  /** Words for the values of a choice or of checks; without them the schema's values are shown as they are. */
  readonly choices?: Readonly<Record<string, string>>;
  readonly placeholder?: string;
  /** Shown under "More settings". */
  readonly more?: boolean;
  /** Takes the whole width of the form. */
  readonly wide?: boolean;
  /** What the page starts with instead of the schema's default. */
  readonly start?: string;
}

export interface TaskSpec {
  readonly name: TaskName;
  readonly title: string;
  /** One line under the title. */
  readonly tagline: string;
  /** What the task does and what comes out, in plain words. */
  readonly about: string;
  /** The problem in mathematical notation, one line each. */
  readonly statement: readonly string[];
  /** Short names of the input slots. */
  readonly slots: Readonly<Record<string, string>>;
  readonly fields: readonly FieldSpec[];
  /** Labels of the measures where they differ from the usual ones. */
  readonly series?: Readonly<Partial<Record<SeriesName, string>>>;
  /** The parameter that holds the tolerance of the residual chart. */
  readonly tolerance?: string;
}
