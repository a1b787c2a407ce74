import { trainQuantized } from "../../../src/quantized/train.ts";
import { deviceCases, instanceOf } from "../../quantized/device-cases.ts";

/** What training in the page came to. */
export interface TrainingReport {
  readonly status: string;
  readonly backend: string;
  readonly adapter: string | undefined;
  readonly lowerBound: number;
  readonly relaxedObjective: number;
}

/** What the page offers to the test that drives it. */
export interface QuantizedPage {
  train(name: string): Promise<TrainingReport>;
}

const page: QuantizedPage = {
  train: async (name) => {
    const known = deviceCases.find((one) => one.name === name);
    if (known === undefined) throw new Error(`no case is called ${name}`);
    const settings = { ...known.settings, gap: 5e-5, backend: "webgpu" } as const;
    const { status, backend, adapter, lowerBound, relaxedObjective } = await trainQuantized(instanceOf(known), settings);
    return { status, backend, adapter, lowerBound, relaxedObjective };
  },
};
(globalThis as unknown as { quantizedPage: QuantizedPage }).quantizedPage = page;
