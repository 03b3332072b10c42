// The stages of a run in words, and where they begin. Pure.

const NAMES = { head: "head", "head+fpn": "head and FPN", deep: "deep layers", all: "whole network" };

export const stageName = (stage) => NAMES[stage] ?? stage;

/** Where each stage after the first begins: the last epoch before it, and its name. */
export function beginnings(reports) {
  return reports
    .filter((report, index) => index > 0 && stageOf(report) !== stageOf(reports[index - 1]))
    .map((report) => ({ x: report.epoch - 0.5, name: stageName(stageOf(report)) }));
}

/** "Stage 2 of 2: deep layers", or null where the run has one stage or nobody knows. */
export function stageLine({ progress, plan, epochs }) {
  const { part, part_number: at, parts } = progress ?? {};
  if (parts) return parts > 1 && at ? line(at, parts, part) : null;
  // Before the worker has said where it is: by the plan and the last epoch.
  const stages = plan?.stages ?? [];
  const last = epochs?.at(-1);
  const index = last ? stages.findIndex((stage) => stage.name === stageOf(last)) : 0;
  return stages.length > 1 && index >= 0 ? line(index + 1, stages.length, stages[index].name) : null;
}

const line = (at, of, stage) => `Stage ${at} of ${of}: ${stageName(stage)}`;
const stageOf = (report) => report.stage ?? "head"; // reports from before there were stages
