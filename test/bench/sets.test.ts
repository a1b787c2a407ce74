import { describe, expect, it } from "vitest";
import { geometricMean } from "../../bench/record.ts";
import { judge } from "../../bench/sets/judge.ts";
import { parseCsdp, parseJsonOutcome, parseSdpa, peerSolver } from "../../bench/sets/solvers.ts";

const CSDP_SOLVED = `Iter: 11 Ap: 1.00e+00 Pobj: -8.9999965e+00 Ad: 1.00e+00 Dobj: -8.9999963e+00
Iter: 12 Ap: 9.59e-01 Pobj: -8.9999963e+00 Ad: 9.60e-01 Dobj: -8.9999963e+00
Success: SDP solved
Primal objective value: -8.9999963e+00
Dual objective value: -8.9999962e+00
DIMACS error measures: 5.05e-13 0.00e+00 3.92e-10 0.00e+00 4.34e-10 5.16e-10
`;
const SDPA_SOLVED = `phase.value  = pdOPT
   Iteration = 14
objValPrimal = -8.9999962574390935e+00
objValDual   = -8.9999965080666922e+00
  main loop time = 0.003560
      total time = 0.003648
`;

describe("reading other solvers' output", () => {
  it("csdp", () => {
    expect(parseCsdp(CSDP_SOLVED)).toEqual({
      status: "solved",
      iterations: 12,
      objective: -8.9999962,
      dimacs: [5.05e-13, 0, 3.92e-10, 0, 4.34e-10, 5.16e-10],
    });
    // CSDP's dual is the (P) of SDPA's format.
    expect(parseCsdp("Iter: 7 Ap\nSuccess: SDP is dual infeasible").status).toBe("primalInfeasible");
    expect(parseCsdp("Iter: 7 Ap\nSuccess: SDP is primal infeasible").status).toBe("dualInfeasible");
    expect(parseCsdp("Iter: 7 Ap\nFailure: stuck").status).toBe("numericalFailure");
    expect(parseCsdp("no such file").status).toBeUndefined();
  });

  it("sdpa", () => {
    expect(parseSdpa(SDPA_SOLVED)).toEqual({
      status: "solved",
      iterations: 14,
      objective: -8.9999962574390935,
      seconds: 0.00356,
    });
    expect(parseSdpa("phase.value  = pINF_dFEAS").status).toBe("primalInfeasible");
    expect(parseSdpa("phase.value  = pUNBD").status).toBe("dualInfeasible");
    expect(parseSdpa("phase.value  = noINFO").status).toBe("numericalFailure");
    expect(parseSdpa("").status).toBeUndefined();
  });

  it("this package's JSON", () => {
    const text = 'log\n{"status":"solved","iterations":5,"primalObjective":null,"seconds":{"total":0.5}}\n';
    expect(parseJsonOutcome(text)).toMatchObject({ status: "solved", iterations: 5, seconds: 0.5 });
    expect(parseJsonOutcome(text).objective).toBeUndefined();
    expect(parseJsonOutcome("nothing")).toEqual({});
  });

  it("a solver given by its command", async () => {
    const peer = peerSolver("echo=echo read {file}; echo 'Objective value: -1.5e+1'");
    expect(peer.name).toBe("echo");
    const outcome = await peer.run("it's a file", { eps: 1e-4, timeLimit: 5 });
    expect(outcome).toMatchObject({ status: "solved", objective: -15 });
    expect(() => peerSolver("no command")).toThrow(/--peer needs/);
  });
});

describe("verdicts", () => {
  const entry = { name: "a", file: "a.dat-s", expected: "solved", reference: -10, spread: 0 } as const;
  const outcome = {
    status: "solved",
    iterations: 1,
    objective: -10.001,
    dimacs: undefined,
    seconds: 1,
    wallSeconds: 1,
    peakMegabytes: undefined,
  };

  it("need the status and the objective", () => {
    expect(judge(entry, outcome, 1e-3)).toMatchObject({ right: true, falseClaim: false });
    expect(judge(entry, { ...outcome, objective: -9 }, 1e-3)).toMatchObject({ right: false, falseClaim: true });
    expect(judge(entry, { ...outcome, status: "timeLimit" }, 1e-3)).toMatchObject({ right: false, falseClaim: false });
    expect(judge(entry, { ...outcome, status: "dualInfeasible", objective: undefined }, 1e-3)).toMatchObject({
      right: false,
      falseClaim: true,
    });
    const infeasible = { ...entry, expected: "primalInfeasible", reference: undefined } as const;
    expect(judge(infeasible, { ...outcome, status: "primalInfeasible" }, 1e-3).right).toBe(true);
    expect(judge({ ...entry, expected: undefined, reference: undefined }, outcome, 1e-3).right).toBeUndefined();
  });

  it("allow for the reference's own spread", () => {
    expect(judge({ ...entry, spread: 0.2 }, { ...outcome, objective: -10.15 }, 1e-3).right).toBe(true);
    expect(judge({ ...entry, spread: 0.2 }, { ...outcome, objective: -10.25 }, 1e-3).right).toBe(false);
  });

  it("are absolute near zero", () => {
    expect(judge({ ...entry, reference: 0 }, { ...outcome, objective: 1e-5 }, 1e-4).error).toBeCloseTo(1e-5, 12);
  });
});

it("geometric means", () => {
  expect(geometricMean([1, 4])).toBeCloseTo(2, 12);
  expect(geometricMean([])).toBeUndefined();
});
