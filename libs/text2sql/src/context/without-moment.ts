const NOW = /^It is \w+, \d{4}-\d\d-\d\d, \d\d:\d\d in (\S+)\.$/gm;
const PERIOD = /^In the question, (".*") is .+ up to, not including, .+\.$/gm;

/**
 * The part of a prompt that tells what day it is and what "last month" is therefore, without its dates: the same on
 * every day, so that a request made again later can be known for the same.
 */
export function withoutMoment(text: string): string {
  return text.replace(NOW, 'It is now in $1.').replace(PERIOD, 'In the question, $1 is a period.');
}
