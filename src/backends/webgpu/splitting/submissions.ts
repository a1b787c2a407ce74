import type { DeviceBuffer } from "../buffers.ts";
import type { Device } from "../device.ts";
import type { Plan } from "../plan.ts";

/** Steps from which waiting plans are submitted. */
const MOST_STEPS = 256;
/** Operations from which they are, so that a large iteration starts while the next is being encoded. */
const MOST_WORK = 1e9;

/** Operations under way, of a GPU and of a software adapter, past which the loop waits: it stays interruptible. */
const MOST_BACKLOG = { gpu: 1e12, software: 4e9 } as const;

/** Plans in order, gathered into few submissions: small iterations share one. Writes keep their place in the order. */
export class Submissions {
  readonly #device: Device;
  #waiting: Plan[] = [];
  #steps = 0;
  #work = 0;
  #backlog = 0;
  #fence: Promise<void> | undefined;

  constructor(device: Device) {
    this.#device = device;
  }

  run(plan: Plan): void {
    this.#waiting.push(plan);
    this.#steps += plan.steps.length;
    for (const step of plan.steps) if (step.kind === "dispatch") this.#work += step.work;
    if (this.#steps >= MOST_STEPS || this.#work >= MOST_WORK) this.flush();
  }

  write(buffer: DeviceBuffer, data: Float32Array | Uint32Array): void {
    this.flush();
    this.#device.write(buffer, data);
  }

  /** Submits what waits; to be called before anything is read. */
  flush(): void {
    if (this.#waiting.length === 0) return;
    const plans = this.#waiting;
    this.#backlog += this.#work;
    this.#waiting = [];
    this.#steps = this.#work = 0;
    this.#device.run(...plans);
  }

  /** When much work is under way, waits for what was submitted at the last such wait. Nothing is read. */
  throttle(): Promise<void> | undefined {
    if (this.#backlog < MOST_BACKLOG[this.#device.adapter.software ? "software" : "gpu"]) return undefined;
    this.#backlog = 0;
    const before = this.#fence;
    this.#fence = this.#device.finish();
    this.#fence.catch(() => undefined); // whoever waits or reads next is told
    return before;
  }
}
