/** Work that is done once at a time. Asked for while it runs, it runs once more afterwards. */
export class Lane {
  private current?: Promise<void>;
  private isWantedAgain = false;
  private isClosed = false;

  constructor(
    private readonly work: () => Promise<void>,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** Resolves when the work has been done from beginning to end after this call. Never rejects. */
  run(): Promise<void> {
    if (this.isClosed) return Promise.resolve();
    if (this.current) this.isWantedAgain = true;
    return (this.current ??= this.repeat());
  }

  /** Resolves when nothing runs any more; nothing will. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.current;
  }

  private async repeat(): Promise<void> {
    do {
      this.isWantedAgain = false;
      await this.work().catch(this.onError);
    } while (this.isWantedAgain && !this.isClosed);
    this.current = undefined;
  }
}
