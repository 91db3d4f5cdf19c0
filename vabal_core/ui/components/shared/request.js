// One request to the Studio's own routes.
export const MAX_ANSWER_MS = 15000; // until a server that is connected but silent counts as away

// The answer's JSON. `token` says who made what the body holds, `page` which page sends it. A refusal raises an Error
// with the server's words and `status`; a server that is away raises a TypeError or a TimeoutError, as fetch does.
export async function post(url, token, body, page = token) {
  const answer = await fetch(url, {
    method: "POST",
    keepalive: true,
    signal: AbortSignal.timeout(MAX_ANSWER_MS),
    headers: { "Content-Type": "application/json", "X-Studio-Token": token, "X-Studio-Page": page },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw Object.assign(new Error(await answer.text()), { status: answer.status });
  return answer.json();
}
