import { Injectable } from '@nestjs/common';
import { Database } from '@memori/database';
import { Clock } from '@memori/scope';

/** A thousand who wait ask often; their places change slowly. */
const KEPT_MS = 1000;

/** The places of the waiting questions in the fair order, read once for all who ask within a second. */
@Injectable()
export class QueuePlaces {
  private read?: { readonly places: Promise<ReadonlyMap<string, number>>; readonly untilMs: number };

  constructor(
    private readonly database: Database,
    private readonly clock: Clock,
  ) {}

  /** From 1. A question that joined the line since the places were read has the last one. */
  async placeOf(id: string): Promise<number> {
    const nowMs = this.clock.nowMs();
    if (!this.read || nowMs >= this.read.untilMs) this.read = { places: this.readAll(), untilMs: nowMs + KEPT_MS };
    const places = await this.read.places.catch((error: unknown) => {
      this.read = undefined;
      throw error;
    });
    return places.get(id) ?? places.size + 1;
  }

  private async readAll(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.database.call<{ id: string; place: string }>(
      'SELECT id, place FROM memori.question_places()',
    );
    return new Map(rows.map(({ id, place }) => [id, Number(place)]));
  }
}
