import type { LinearProgram, LpAnswer, LpLimits } from "../highs.ts";

/** First message to the thread: where the package `highs` lies, as a URL. */
export interface ApartStart {
  readonly highs: string;
}

export interface ApartTask {
  readonly id: number;
  readonly program: LinearProgram;
  readonly limits: LpLimits;
  readonly options: Readonly<Record<string, boolean | number | string>>;
}

export interface ApartReply {
  readonly id: number;
  readonly answer?: LpAnswer;
  /** Message of an error. */
  readonly error?: string;
}
