import { serve } from "../../src/web/api/serve.ts";
import type { Prepared, ServedPort } from "../../src/web/api/serve.ts";

/** Stands in for a Worker in Node: the same messages, structurally cloned, over a MessageChannel. */
export class ChannelWorker {
  onmessage: ((event: MessageEvent) => void) | null = null;
  onmessageerror: ((event: MessageEvent) => void) | null = null;
  onerror: ((event: ErrorEvent) => void) | null = null;
  terminated = false;
  readonly #channel = new MessageChannel();

  constructor(prepare: () => Promise<Prepared>) {
    const { port1, port2 } = this.#channel;
    port1.onmessage = (event) => this.onmessage?.(event);
    serve(port2 as unknown as ServedPort, { prepare });
  }

  postMessage(message: unknown, transfer: Transferable[] = []): void {
    this.#channel.port1.postMessage(message, transfer);
  }

  terminate(): void {
    this.terminated = true;
    this.#channel.port1.close();
  }

  /** As when the script of a worker throws where nobody catches. */
  breakDown(message: string): void {
    const event = { message, filename: "worker.js", lineno: 1, colno: 2, preventDefault: () => undefined };
    this.onerror?.(event as unknown as ErrorEvent);
  }

  asWorker(): Worker {
    return this as unknown as Worker;
  }
}
