import { DatabaseUnavailableError } from './postgres-errors';

/**
 * Gathers what is asked for while earlier askings are under way, and asks for it together: one round trip and one commit
 * for many. Who asks alone does not wait. This is group commit (DeWitt et al., 1984) a layer higher. An asking that is held
 * up, by a lock of somebody else say, holds up nobody who comes after it: past `patienceMs` it no longer counts.
 */
export class Gathered<Asked, Answer> {
  private waiting: { asked: Asked; resolve: (answer: Answer) => void; reject: (error: unknown) => void }[] = [];
  private underWay = 0;

  /**
   * `askAll` answers in the order of what was asked, and has done nothing when it fails. When it fails for several, each is
   * asked for by itself, so that only the one that is wrong is refused; not when the database is away, for then it may
   * have been done all the same.
   */
  constructor(
    private readonly askAll: (asked: readonly Asked[]) => Promise<readonly Answer[]>,
    private readonly options: {
      readonly mostAtOnce: number;
      readonly mostUnderWay: number;
      readonly patienceMs: number;
    },
  ) {}

  ask(asked: Asked): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ asked, resolve, reject });
      this.sendMore();
    });
  }

  private sendMore(): void {
    while (this.waiting.length > 0 && this.underWay < this.options.mostUnderWay) {
      const some = this.waiting.splice(0, this.options.mostAtOnce);
      this.underWay++;
      let counts = true;
      const goOn = () => {
        if (counts) this.underWay--;
        counts = false;
        this.sendMore();
      };
      const impatience = setTimeout(goOn, this.options.patienceMs);
      void this.send(some).finally(() => {
        clearTimeout(impatience);
        goOn();
      });
    }
  }

  private async send(some: typeof this.waiting): Promise<void> {
    try {
      const answers = await this.askAll(some.map(({ asked }) => asked));
      some.forEach(({ resolve }, at) => resolve(answers[at] as Answer));
    } catch (error) {
      if (some.length === 1 || error instanceof DatabaseUnavailableError) for (const { reject } of some) reject(error);
      else await Promise.all(some.map((one) => this.send([one])));
    }
  }
}
