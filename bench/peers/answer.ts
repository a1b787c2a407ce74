/** What a peer said about a ConicProblem. */
export interface PeerAnswer {
  /** This package's status names. */
  readonly status: string;
  readonly iterations: number | undefined;
  /** In the ConicProblem's minimisation. */
  readonly objective: number | undefined;
  /** Set-up and solve. */
  readonly seconds: number;
}

export interface PeerLimits {
  readonly eps: number;
  /** Seconds. */
  readonly timeLimit: number;
}
