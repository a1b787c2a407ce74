import { describeNetwork } from "../networks/network.ts";
import type { Network } from "../networks/network.ts";
import { finiteOrNull } from "../report/format.ts";
import type { BoundReport, BoundResult } from "./bound.ts";

/** A result as plain JSON: one object for each objective. */
export function boundRecord(network: Network, report: BoundReport, result: BoundResult): Record<string, unknown> {
  const { objective, exact, relaxation } = result;
  return {
    network: network.name ?? null,
    layers: describeNetwork(network),
    objective: objective.label ?? `${objective.sense} ${[...objective.coefficients].join(",")}`,
    sense: objective.sense,
    method: result.method,
    engine: report.engine,
    lower: finiteOrNull(result.lower),
    upper: finiteOrNull(result.upper),
    certified: result.certified,
    ...(result.verdict !== undefined && { verdict: result.verdict }),
    rounds: result.rounds,
    cuts: result.cuts,
    seconds: result.seconds,
    networkValue: result.networkValue,
    point: [...result.point],
    output: [...result.output],
    ...(relaxation && { relaxationPoint: [...relaxation.point], relaxationNetworkValue: relaxation.networkValue }),
    unstable: report.unstable,
    tightening: report.tightening,
    stages: result.stages.map((stage) => ({ ...stage, bound: finiteOrNull(stage.bound) })),
    ...(exact && { exact: { value: exact.value ?? null, bound: finiteOrNull(exact.bound), proved: exact.proved } }),
  };
}
