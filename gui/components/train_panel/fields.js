// What an expert can set, and what of it is a value. Pure.

/**
 * kind: "number", "size" (width and height), "choice" (one of `options`) or "text"; `key` is the setting's name in a
 * training config and in the plan's choices; a typed number times `scale` is what is sent.
 */
export const FIELDS = [
  {
    key: "scope",
    label: "What is trained",
    kind: "choice",
    options: [["head", "Head"], ["head+fpn", "Head + FPN"], ["deep", "Down to the deep layers"], ["all", "Down to the whole network"]],
  },
  { key: "tile_size", label: "Tiles, pixels wide (0: whole pictures)", kind: "number", min: 0, step: 1 },
  { key: "image_size", label: "Input size", kind: "size" },
  { key: "batch_size", label: "Images a step", kind: "number", min: 1, step: 1 },
  { key: "epochs", label: "Epochs, at most", kind: "number", min: 1, step: 1 },
  { key: "patience", label: "Patience, epochs", kind: "number", min: 1, step: 1 },
  { key: "learning_rate", label: "Learning rate", kind: "number", min: 1e-7, max: 10, step: "any" },
  { key: "optimizer", label: "Optimizer", kind: "choice", options: [["adamw", "AdamW"], ["sgd", "SGD"]] },
  {
    key: "schedule",
    label: "Schedule",
    kind: "choice",
    options: [["cosine", "Cosine"], ["step", "In steps"], ["constant", "Constant"]],
  },
  { key: "weight_decay", label: "Weight decay", kind: "number", min: 0, max: 10, step: "any" },
  { key: "focal_alpha", label: "Focal alpha", kind: "number", min: 0, max: 1, step: "any" },
  { key: "focal_gamma", label: "Focal gamma", kind: "number", min: 0, max: 10, step: "any" },
  { key: "augment", label: "Augmentation", kind: "choice", options: [["on", "On"], ["off", "Off"]] },
  {
    key: "max_seconds",
    label: "Minutes, at most",
    kind: "number",
    min: 0.1,
    step: "any",
    scale: 60,
    empty: "no limit",
    hint: "Wall clock from the start of the run; the best model until then is kept.",
  },
  {
    key: "weights_file",
    label: "Weights file",
    kind: "text",
    empty: "of the network",
    hint: "Pretrained weights in a file on the machine that Boxloop runs on, in place of the network's own.",
  },
];

/**
 * @param {object} field one of FIELDS
 * @param {string|string[]} text as typed; both sides for a size
 * @param {boolean} bad the browser could not read what was typed into a number field
 * @returns {{value: any, fault: string|null}} `value` is null for a field that was left empty
 */
export function readField(field, text, bad = false) {
  if (bad) return { value: null, fault: `${field.label}: type a number.` };
  if (field.kind === "size") return readSize(field, text);
  const typed = text.trim();
  if (typed === "") return { value: null, fault: null };
  if (field.key === "augment") return { value: typed === "on", fault: null };
  if (field.kind !== "number") return { value: typed, fault: null };
  const fault = faultOf(field, Number(typed));
  return { value: fault ? null : Number(typed) * (field.scale ?? 1), fault };
}

function readSize(field, [width, height]) {
  if (width === "" && height === "") return { value: null, fault: null };
  const size = [Number(width), Number(height)];
  const good = size.every((side) => Number.isInteger(side) && side >= 64 && side % 32 === 0);
  return good ? { value: size, fault: null } : { value: null, fault: `${field.label}: two multiples of 32, at least 64.` };
}

function faultOf(field, value) {
  if (!Number.isFinite(value)) return `${field.label}: type a number.`;
  if (value < field.min) return `${field.label}: ${field.min} or more.`;
  if (value > (field.max ?? Infinity)) return `${field.label}: ${field.max} or less.`;
  if (field.step === 1 && !Number.isInteger(value)) return `${field.label}: a whole number.`;
  return null;
}
