import type { EvaluationItem, EvaluationReport, Metric } from './report';

const MOST_FAILURES = 500;

/** The report as one page without scripts or outside resources: figures first, then the cases that failed. */
export function htmlReport(report: EvaluationReport): string {
  const failed = report.items.filter(({ ok }) => !ok);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Memori: ${escaped(report.kind)}</title>
<style>
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
table { border-collapse: collapse; } th, td { padding: .3rem .8rem; border-bottom: 1px solid #ddd; text-align: left; vertical-align: top; }
td.number { text-align: right; font-variant-numeric: tabular-nums; } pre { white-space: pre-wrap; margin: 0; } code { font-size: 90%; }
</style>
</head>
<body>
<h1>${escaped(report.kind)}</h1>
<p><code>${escaped(report.command)}</code><br>${escaped(report.date)} · commit ${escaped(report.commit ?? 'unknown')} · ${report.n} cases, ${report.skipped.length} skipped, ${failed.length} failed</p>
<table>
<tr><th>metric</th><th>value</th><th>95 % interval</th></tr>
${Object.entries(report.metrics).map(metricRow).join('\n')}
</table>
${failed.length > 0 ? failures(failed) : '<p>No case failed.</p>'}
${report.skipped.length > 0 ? `<h2>Skipped</h2><ul>${report.skipped.map(({ id, reason }) => `<li>${escaped(id)}: ${escaped(reason)}</li>`).join('')}</ul>` : ''}
</body>
</html>
`;
}

function metricRow([name, { value, low, high }]: [string, Metric]): string {
  return `<tr><td>${escaped(name)}</td><td class="number">${figure(value)}</td><td class="number">${figure(low)} – ${figure(high)}</td></tr>`;
}

function failures(failed: readonly EvaluationItem[]): string {
  const rows = failed
    .slice(0, MOST_FAILURES)
    .map(
      ({ id, ok: _ok, ...more }) =>
        `<tr><td>${escaped(id)}</td><td><pre>${escaped(JSON.stringify(more, null, 1))}</pre></td></tr>`,
    );
  const rest =
    failed.length > MOST_FAILURES ? `<p>and ${failed.length - MOST_FAILURES} more in the JSON report</p>` : '';
  return `<h2>Failed</h2><table>${rows.join('\n')}</table>${rest}`;
}

/** Four significant digits. */
export function figure(value: number): string {
  return String(Number(value.toPrecision(4)));
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
