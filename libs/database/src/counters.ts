/** What Memori asked of its own database. Read by the overhead benchmark; plain numbers, so that counting costs nothing. */
export class DatabaseCounters {
  /** Times that the process waited for an answer of the server. Statements sent together count once. */
  roundTrips = 0;
  transactions = 0;
  /** Statements outside of a transaction of ours. */
  calls = 0;
  /** Commits that waited for the disk. Counted only while `watchCommits` is on. */
  durableCommits = 0;
  /** Asks the server at each commit whether it has to reach the disk. For benchmarks: it costs a little. */
  watchCommits = false;

  reset(): void {
    this.roundTrips = this.transactions = this.calls = this.durableCommits = 0;
  }
}
