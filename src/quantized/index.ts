/** Two-layer networks with quantized weights, trained to a certified bound: `import … from "spectrahedron/quantized"`. */
export { trainQuantized } from "./train.ts";
export type {
  EngineFactory,
  QuantizedModel,
  SampledNetwork,
  TrainedOutput,
  TrainingData,
  WeightRule,
} from "./train.ts";
export type { QuantizedSettings } from "./settings.ts";
export type { LossName } from "./model/loss.ts";
export type { Activation, Polynomial, Samples } from "./model/sample-forms.ts";
export type { Neurons } from "./rounding/neurons.ts";
export type { RelaxationProgress, RelaxationStatus } from "./solve/relax.ts";
export type { GramMethod, Program } from "./solve/gram-types.ts";
export type {
  BlockPoint,
  NormPair,
  Norms,
  Penalties,
  SplittingEngine,
  SplittingProblem,
} from "./solve/engine.ts";
export { packNetwork, networkSize } from "./network/network.ts";
export type { InputScaling, NetworkOutput, OutputMeaning, QuantizedNetwork } from "./network/network.ts";
export { readNetwork, writeNetwork } from "./network/json.ts";
export { networkToOnnx } from "./network/onnx.ts";
export { IntegerPredictor, interpret } from "./network/predictor.ts";
export { polynomialOutput, toPolynomialNetwork } from "./network/polynomial.ts";
export type { PolynomialNetwork } from "./network/polynomial.ts";
export { prepareData, scaledSamples } from "./experiment/prepare.ts";
export type { PrepareOptions, PreparedData, PreparedPart } from "./experiment/prepare.ts";
export { runExperiment } from "./experiment/run.ts";
export type {
  BaselineName,
  BaselineReport,
  Experiment,
  ExperimentPlan,
  ExperimentReport,
  SampledReport,
  Scores,
} from "./experiment/run.ts";
export type { CompleteSettings } from "./settings.ts";
export type { SampleForms } from "./model/sample-forms.ts";
export type { Loss } from "./model/loss.ts";
export type { CsvTable } from "../formats/csv.ts";
