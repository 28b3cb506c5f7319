// @ts-check
/**
 * What this page keeps in the browser, under names of its own. A browser may forbid a framed page its storage (then
 * even touching `localStorage` throws); then it is kept in memory until the page is left.
 */
export class PageStorage {
  /** @param {string} prefix */
  constructor(prefix) {
    this.prefix = prefix;
    /** @type {Map<string, string>} */
    this.memory = new Map();
  }

  /** @returns {Storage | null} */
  get area() {
    try {
      return window.localStorage;
    } catch {
      return null;
    }
  }

  /**
   * @param {string} name
   * @returns {string | null}
   */
  get(name) {
    return this.area?.getItem(this.prefix + name) ?? this.memory.get(name) ?? null;
  }

  /**
   * @param {string} name
   * @param {string} value
   */
  set(name, value) {
    try {
      if (!this.area) throw new Error("no storage");
      this.area.setItem(this.prefix + name, value);
      this.memory.delete(name);
    } catch {
      // Forbidden or full.
      this.memory.set(name, value);
    }
  }

  /** @param {string} name */
  remove(name) {
    this.area?.removeItem(this.prefix + name);
    this.memory.delete(name);
  }

  /**
   * The names that begin with `start`.
   * @param {string} start
   * @returns {string[]}
   */
  names(start) {
    const kept = this.area ? Object.keys(this.area) : [];
    const here = kept.filter((key) => key.startsWith(this.prefix)).map((key) => key.slice(this.prefix.length));
    return [...new Set([...here, ...this.memory.keys()])].filter((name) => name.startsWith(start));
  }
}
