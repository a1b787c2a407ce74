import type { Status } from "../solver/result.ts";

/** Bad input: options, files, problems. */
export const EXIT_BAD_INPUT = 1;
/** Stopped by Ctrl-C. */
export const EXIT_INTERRUPTED = 130;
/** A fault of this program (the `EX_SOFTWARE` of sysexits.h). */
export const EXIT_INTERNAL = 70;

/** Exit code of `spectrahedron solve` for a status. */
export function exitCode(status: Status): number {
  switch (status) {
    case "solved":
      return 0;
    case "solvedInaccurate":
    case "timeLimit":
    case "iterationLimit":
      return 2;
    case "primalInfeasible":
    case "primalInfeasibleInaccurate":
      return 3;
    case "dualInfeasible":
    case "dualInfeasibleInaccurate":
      return 4;
    case "numericalFailure":
      return 5;
    case "interrupted":
      return EXIT_INTERRUPTED;
  }
}

/** The table of exit codes for the help text. */
export const EXIT_CODE_HELP = `Exit codes:
  0    solved
  1    bad input: an option, a file or the problem in it
  2    a limit was reached, or the tolerance asked could not be met
  3    primal infeasible (for SDPA files: (P) is infeasible)
  4    dual infeasible, that is unbounded
  5    numerical failure
  130  interrupted by Ctrl-C (the point reached so far is reported and saved)`;
