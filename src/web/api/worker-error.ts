import { SpectrahedronError } from "../../errors.ts";

/** The worker could not be started, broke down, or was terminated before its job was done. */
export class WorkerError extends SpectrahedronError {}
