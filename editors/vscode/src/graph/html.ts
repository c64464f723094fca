/**
 * The document of the graph page. Its content policy lets in nothing but the two files of the extension.
 */

export interface PageFiles {
  /** Source that the policy allows for styles (`webview.cspSource`). */
  cspSource: string;
  script: string;
  style: string;
  /** Fresh for each page. */
  nonce: string;
}

/** The page; everything it shows comes by messages. */
export function html({ cspSource, script, style, nonce }: PageFiles): string {
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${cspSource}; script-src 'nonce-${nonce}';">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${style}">
<title>Ko graph</title>
</head>
<body>
<p id="message" role="status"></p>
<svg id="graph" role="tree" aria-label="Graph" tabindex="-1"></svg>
<p id="details" aria-live="polite"></p>
<script nonce="${nonce}" src="${script}"></script>
</body>
</html>`;
}
