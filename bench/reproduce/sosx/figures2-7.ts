/** Figures 2 to 7 are drawn from the runs of table 1. */
export { run } from "./table1.ts";
