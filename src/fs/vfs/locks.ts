export class FileLocks {
  fileClosed(_file: unknown): void {}
}
