/** Limits of a file system in memory: pages and inodes. */
export class Quota {
  maxPages: number;
  maxInodes: number;
  pages = 0;
  inodes = 0;

  constructor(maxPages: number, maxInodes: number) {
    this.maxPages = maxPages;
    this.maxInodes = maxInodes;
  }
  /** Takes (or gives back) pages; false if there are not so many. */
  charge(pages: number): boolean {
    if (pages > 0 && this.pages + pages > this.maxPages) return false;
    this.pages += pages;
    return true;
  }
  fits(pages: number): boolean {
    return this.pages + pages <= this.maxPages;
  }
  chargeInode(): boolean {
    if (this.inodes >= this.maxInodes) return false;
    this.inodes += 1;
    return true;
  }
  freeInode(): void {
    this.inodes -= 1;
  }
}
