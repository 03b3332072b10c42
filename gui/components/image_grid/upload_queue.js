// Sends files, several at a time, and keeps the account of what became of each. Knows nothing of the page.

import { api } from "../shared/api.js";

const AT_ONCE = 4;

export class UploadQueue {
  /** @param {Function} onChange called after each step; read `state()` then. */
  constructor(projectId, onChange) {
    this.projectId = projectId;
    this.onChange = onChange;
    this.reset();
  }

  reset() {
    Object.assign(this, { waiting: [], running: new Map(), files: 0, finished: 0, bytes: 0, sentBytes: 0 });
    Object.assign(this, { added: 0, duplicates: [], failed: [], stopped: 0, others: 0, labels: false });
    this.control = new AbortController();
  }

  /** Add files to the end of the queue: {files, others, labels} of picked_files.js. */
  add({ files, others, labels }) {
    if (!this.busy) this.reset();
    this.waiting.push(...files);
    this.files += files.length;
    this.bytes += files.reduce((sum, file) => sum + file.size, 0);
    this.others += others;
    this.labels ||= labels;
    while (this.running.size < AT_ONCE && this.waiting.length > 0) this.#send(this.waiting.shift());
    this.onChange();
  }

  get busy() {
    return this.running.size > 0 || this.waiting.length > 0;
  }

  /** Share of the bytes that have been sent, 0..1. */
  get share() {
    const sending = [...this.running.values()].reduce((sum, sent) => sum + sent, 0);
    return this.bytes ? Math.min(1, (this.sentBytes + sending) / this.bytes) : 0;
  }

  /** Send no more; what has arrived stays. */
  stop() {
    this.stopped += this.waiting.length + this.running.size;
    this.waiting = [];
    this.control.abort();
    this.onChange();
  }

  async #send(file) {
    this.running.set(file, 0);
    try {
      const answer = await api.upload(`/api/projects/${this.projectId}/upload`, file, {
        signal: this.control.signal,
        onProgress: (sent) => {
          this.running.set(file, Math.min(sent, file.size));
          this.onChange();
        },
      });
      answer.results.forEach((result) => this.#note(result));
    } catch (error) {
      if (error.name !== "AbortError") this.failed.push({ name: file.name, reason: error.message });
    }
    this.running.delete(file);
    this.sentBytes += file.size;
    this.finished += 1;
    if (this.waiting.length > 0) this.#send(this.waiting.shift());
    this.onChange();
  }

  #note(result) {
    if (result.status === "added") this.added += 1;
    else if (result.status === "duplicate") this.duplicates.push(result);
    else this.failed.push(result);
  }
}
