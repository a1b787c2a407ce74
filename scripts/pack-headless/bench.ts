// `run.sh bench …` of the headless folder.
import { Command } from "commander";
import { gpuCommand } from "../../bench/gpu/main.ts";

const bench = new Command("./run.sh bench").description("measurements").addCommand(gpuCommand("./run.sh bench"));
await bench.parseAsync();
