import type { ConicProblem } from "../problem/conic-problem.ts";

/** A value of the problem's minimisation, stated as the problem's source states it: sign · value + offset. */
export function sourceObjective(problem: Pick<ConicProblem, "objective">, value: number): number {
  const { sign, offset } = problem.objective ?? { sign: 1, offset: 0 };
  return sign * value + offset;
}
