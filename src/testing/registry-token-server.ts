/** The token endpoint of a test registry: Docker's GET and the POST of OAuth2. */
import { type Answer, jsonAnswer, quirkRefusal, refusal } from './registry-answers.ts';
import { type Gate, userOf } from './registry-auth.ts';
import type { RegistryAuth, TokenRequest } from './registry-auth-options.ts';
import type { Exchange } from './registry-exchange.ts';
import { accessOf, encodeToken, isWhole, preciseNow } from './registry-tokens.ts';

/** Bytes of the form of a POST. */
const formLimit = 64 * 1024;

/** Answers a request for a token, and tells what it was. */
export async function answerToken(
  gate: Gate,
  exchange: Exchange,
  record: (request: TokenRequest) => void,
): Promise<Answer> {
  const { method, url, headers } = exchange;
  const isPost = method === 'POST';
  const parameters = isPost
    ? new URLSearchParams(((await exchange.body.bytes(formLimit)) ?? '').toString())
    : url.searchParams;
  const scopes = parameters.getAll('scope').flatMap((scope) => scope.split(' ').filter((item) => item !== ''));
  const who = isPost ? posted(gate.auth, parameters) : got(gate.auth, headers['authorization']);
  const { answer, token } = tokenAnswer(gate, { isPost, parameters, scopes, who });
  record({
    method,
    url: url.pathname + url.search,
    headers,
    service: parameters.get('service') ?? undefined,
    scopes,
    parameters: Object.fromEntries(parameters),
    user: who.user,
    status: answer.status,
    token,
  });
  return answer;
}

interface Applicant {
  readonly user: string | undefined;
  /** Credentials were given, and are wrong. */
  readonly isRefused: boolean;
}

interface Application {
  readonly isPost: boolean;
  readonly parameters: URLSearchParams;
  readonly scopes: readonly string[];
  readonly who: Applicant;
}

function got(auth: RegistryAuth, authorization: string | undefined): Applicant {
  if (authorization === undefined) return { user: undefined, isRefused: false };
  const [, encoded = ''] = /^basic +(.*)$/i.exec(authorization) ?? [];
  const user = userOf(auth, encoded);
  return { user, isRefused: user === undefined };
}

function posted(auth: RegistryAuth, form: URLSearchParams): Applicant {
  const token = form.get('refresh_token') ?? '';
  const known = auth.identityTokens ?? {};
  const password = Buffer.from(`${form.get('username') ?? ''}:${form.get('password') ?? ''}`).toString('base64');
  const byToken = Object.hasOwn(known, token) ? known[token] : undefined;
  const user = form.get('grant_type') === 'refresh_token' ? byToken : userOf(auth, password);
  return { user, isRefused: user === undefined };
}

function tokenAnswer(gate: Gate, application: Application): { answer: Answer; token: string | undefined } {
  const { auth } = gate;
  const { isPost, scopes, who, parameters } = application;
  const rule = auth.oauth2 ?? 'answered';
  if (isPost && rule !== 'answered') return { answer: quirkRefusal(rule), token: undefined };
  if (who.isRefused) {
    return { answer: refusal(401, 'UNAUTHORIZED', 'incorrect username or password'), token: undefined };
  }
  const read = auth.scopes === 'first' ? scopes.slice(0, 1) : scopes;
  const access = read.map((scope) => accessOf(auth, who.user, scope));
  const isLess = access.some((item, index) => !isWhole(item, read[index] ?? ''));
  const denied = auth.deniedToken ?? 'less';
  if (isLess && denied !== 'less') {
    return { answer: refusal(denied, 'DENIED', 'the requested access is denied'), token: undefined };
  }
  const issued = preciseNow();
  const lifetime = auth.lifetime ?? 300;
  const service = parameters.get('service') ?? '';
  const token = encodeToken({ user: who.user, service, access, issued, expires: issued + lifetime * 1000 });
  return { answer: jsonAnswer(200, tokenDocument(auth, token, isPost)), token };
}

function tokenDocument(auth: RegistryAuth, token: string, isPost: boolean): Record<string, unknown> {
  const field = auth.tokenField ?? (isPost ? 'access_token' : 'both');
  const expiresIn = auth.expiresIn ?? auth.lifetime ?? 300;
  const issuedAt = auth.issuedAt ?? new Date().toISOString();
  return {
    ...(field === 'access_token' ? {} : { token }),
    ...(field === 'token' ? {} : { access_token: token }),
    ...(expiresIn === 'absent' ? {} : { expires_in: expiresIn }),
    ...(issuedAt === 'absent' ? {} : { issued_at: issuedAt }),
  };
}
