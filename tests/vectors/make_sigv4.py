#!/usr/bin/env python3
"""Makes sigv4.jsonl and sigv4.args: requests with the signatures botocore gives them.

Needs botocore (made with 1.44.8):  python3 -m venv /tmp/v && /tmp/v/bin/pip install botocore
    /tmp/v/bin/python tests/vectors/make_sigv4.py

sigv4.jsonl: one object a line for the unit tests; `headers` is a list, because names repeat.
sigv4.args:  the same cases as words for a shell, for tests/scripts/test-sign.sh:
             id, authorization, access key, secret, token, body in base64, then options of `spillway sign`.
"""
import base64
import datetime
import json
import os
import shlex

import botocore.auth
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.compat import HTTPHeaders
from botocore.credentials import Credentials

ACCESS = 'AKIDEXAMPLE'
SECRET = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY'
TOKEN = 'IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJHMEUCIQ=='
TIME = '20261121T093015Z'
JSON = ['Content-Type', 'application/json']
LOOP = 'http://127.0.0.1:9001'
FN = '/2015-03-31/functions/'
INVOKE = LOOP + FN + 'tok/invocations'
AWS = 'https://lambda.us-east-1.amazonaws.com' + FN
URL = 'https://abcdefghij0123456789klmnopqrstuv.lambda-url.eu-west-1.on.aws'
API = 'https://a1b2c3d4e5.execute-api.us-east-2.amazonaws.com'
S3 = 'https://s3.us-east-1.amazonaws.com/spill-bucket'
EVERY_BYTE = bytes(range(256))

CASES = []


def case(note, url, headers=(), body=b'{}', method='POST', **more):
    more.setdefault('service', 'lambda')
    more.setdefault('region', 'us-east-1')
    more.setdefault('time', TIME)
    more.setdefault('secret', SECRET)
    more.setdefault('token', None)
    more.setdefault('access', 'ASIAEXAMPLE' if more['token'] else ACCESS)
    CASES.append(dict(note=note, method=method, url=url, headers=[list(h) for h in headers],
                      body=body, **more))


def get(note, url, headers=(), **more):
    case(note, url, headers, b'', 'GET', **more)


# ---- plain calls and names --------------------------------------------------------------
case('plain invoke, no content-type (what boto3 sends)', INVOKE, body=b'["a b"]')
case('all headers of the Invoke API', INVOKE + '?Qualifier=prod',
     [JSON, ['X-Amz-Invocation-Type', 'RequestResponse'], ['X-Amz-Log-Type', 'Tail'],
      ['X-Amz-Client-Context', 'eyJhIjoxfQ=='], ['X-Amz-Tenant-Id', 't-1']], b'{"v":1}')
case('colon of an alias as it is', LOOP + FN + 'tok:prod/invocations', [JSON])
case('whole ARN, encoded (what boto3 sends)',
     LOOP + FN + 'arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Atok/invocations')
case('$LATEST as it is in the path, encoded in the query',
     LOOP + FN + 'tok:$LATEST/invocations?Qualifier=%24LATEST')
get('blank and plus in the path', 'http://localhost:9001/2017-03-31/tags/my%20fn+x')
get('percent sign and slash, encoded', 'http://localhost:9001/x/100%25/a%2Fb/%2f')
case('non-ASCII in path, query and body',
     'http://localhost:9001' + FN + 'n%C3%A4me/invocations?Qualifier=%E2%82%AC', [JSON],
     '"é€𝄞"'.encode(), region='eu-central-1')
case('double slashes and dot segments', LOOP + '//2015-03-31/./functions//x/../tok/invocations/',
     [JSON], b'[]')
get('query not sorted, repeated names with values not sorted',
    LOOP + '/2015-03-31/functions?b=2&a=9&a=10&B=1&a=1')
get('empty value, no value, empty name, & at the end',
    LOOP + '/2015-03-31/functions?Marker=&FunctionVersion&=x&a=1&')
get('query as it was encoded', LOOP + '/2015-03-31/functions?Marker=m%2F%3D&p=a+b&q=a%20b&r=%2f&s=~*')
case('session token', INVOKE, [['X-Amz-Invocation-Type', 'Event']], token=TOKEN)
case('blanks and tabs in header values', INVOKE,
     [['X-Amz-Meta', '   lead  and   trail   '], ['X-Tab', 'a\t\tb \t c'], JSON])
case('repeated header, names that begin others, mixed case, empty value', INVOKE,
     [['X-A-B', '2'], ['x-a', '1'], ['X-A', '0'], ['X-Empty', ''], ['X-a-b-C', '3']])
case('empty body', INVOKE, [['X-Amz-Invocation-Type', 'DryRun']], b'')
case('binary body with NUL and CRLF', INVOKE, [['Content-Type', 'application/octet-stream']],
     EVERY_BYTE * 17 + b'\r\n\0')
case("the scheme's own port is not signed", 'http://lambda.test:80' + FN + 'tok/invocations')
case('execute-api is encoded twice too', LOOP + '/prod/orders%20new/a%3Ab?x=1', [JSON],
     service='execute-api')
case('headers that are never signed', INVOKE,
     [['User-Agent', 'spillway/1'], ['Expect', '100-continue'], ['Connection', 'keep-alive'],
      ['X-Amzn-Trace-Id', 'Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700'],
      ['Traceparent', '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'], JSON])

# ---- aliases and ARNs -----------------------------------------------------------------------
case('name and alias, encoded', AWS + 'tok%3Aprod/invocations', [JSON])
case('alias as a qualifier', AWS + 'tok/invocations?Qualifier=prod', [JSON])
case('partial ARN', AWS + '123456789012:function:tok/invocations')
case('partial ARN with an alias, encoded', AWS + '123456789012%3Afunction%3Atok%3Ablue/invocations')
case('whole ARN as it is', AWS + 'arn:aws:lambda:us-east-1:123456789012:function:tok/invocations')
case('whole ARN with a version, encoded',
     AWS + 'arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3Atok%3A7/invocations')
case('ARN of China', 'https://lambda.cn-north-1.amazonaws.com.cn' + FN +
     'arn%3Aaws-cn%3Alambda%3Acn-north-1%3A123456789012%3Afunction%3Atok/invocations',
     region='cn-north-1')
case('ARN of GovCloud', 'https://lambda.us-gov-west-1.amazonaws.com' + FN +
     'arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:tok/invocations',
     region='us-gov-west-1')
case('$LATEST.PUBLISHED', AWS + 'tok/invocations?Qualifier=$LATEST.PUBLISHED')
case('longest name', AWS + 'n' * 64 + '/invocations')
case('FIPS', 'https://lambda-fips.us-east-1.amazonaws.com' + FN + 'tok/invocations')
case('dual stack', 'https://lambda.us-east-1.api.aws' + FN + 'tok/invocations')

# ---- query -------------------------------------------------------------------------------------
get('three equal names', AWS + '?a=c&a=b&a=a')
get('name that begins another: compared by name, then by value', AWS + '?ab=1&a=2&a-=3&a%3D=4')
get('only names', AWS + '?c&b&a')
get('equals signs within a value', AWS + '?k=a=b==&j==')
get('percent sign, plus and blank in values', AWS + '?a=%25&b=%2B&c=+&d=%20&e=100%2525')
get('non-ASCII, encoded: sorted by bytes', AWS + '?%C3%A9=1&%C2%B5=2&e=3&z=%E2%82%AC')
get('question mark within the query', AWS + '?a=b?c&d=?')
get('ampersands alone', AWS + '?&&')
get('small and large letters of an escape', AWS + '?a=%2f&a=%2F')

# ---- path ----------------------------------------------------------------------------------------
get('no path', 'https://lambda.us-east-1.amazonaws.com')
get('no path but a query', 'https://lambda.us-east-1.amazonaws.com?a=1')
get('root', LOOP + '/')
get('dots beyond the root', LOOP + '/../../a/../b/./')
get('dots alone', LOOP + '/a/..')
get('dots that are names', LOOP + '/.../..a/.b/b..')
get('what stays and what does not', LOOP + "/-_.~/!$&'()*+,;=:@/[]^`{|}")
get('non-ASCII as it is', LOOP + '/größe/€')
get('escaped percent signs twice', LOOP + '/%2525/%252F')
get('slashes alone', LOOP + '////')

# ---- headers --------------------------------------------------------------------------------------
case('host given', INVOKE, [['Host', 'lambda.us-east-1.amazonaws.com'], JSON])
case('all that is never signed, in any case', INVOKE,
     [['baggage', 'a'], ['CONNECTION', 'close'], ['Expect', ''], ['keep-alive', '1'],
      ['Proxy-Authenticate', 'x'], ['proxy-authorization', 'y'], ['TE', 'trailers'],
      ['TraceState', 'z'], ['Trailer', 'X'], ['Transfer-Encoding', 'chunked'], ['Upgrade', 'h2c']])
case('content-length and accept are signed where given', INVOKE,
     [['Content-Length', '2'], ['Accept', '*/*'], ['Accept-Encoding', 'identity']])
case('blanks alone as a value', INVOKE, [['X-Blank', ' \t ']])
case('repeated values are trimmed one by one', INVOKE, [['X-V', '  b '], ['X-V', ''], ['X-v', 'a  a']])
case('commas and quotes in values', INVOKE, [['X-Q', '"a  b", c'], ['X-Z', 'a:b;c=d']])
case('hash of the body given', INVOKE, [['X-Amz-Content-Sha256', 'UNSIGNED-PAYLOAD']])
case('name sorted before x-amz-date', INVOKE, [['X-Amz-Da', '1'], ['X-Amz-Date-Of', '2'], ['X-Am', '3']])
case('non-ASCII in a value', INVOKE, [['X-Name', 'Größe €']])

# ---- bodies, keys, times --------------------------------------------------------------------------------
case('every byte', INVOKE, [JSON], EVERY_BYTE)
case('one byte', INVOKE, body=b'\0')
case('64 bytes', INVOKE, body=b'x' * 64)
case('4 kB', INVOKE, body=b'0123456789abcdef' * 256)
case('session token with everything', URL + '/a%20b?x=1&x=0', [JSON, ['X-B', '1']], token=TOKEN * 10,
     region='eu-west-1')
case('long secret', INVOKE, secret='s' * 60)
case('secret longer than a block of the hash', INVOKE, secret='0123456789' * 20)
case('first second of a day', INVOKE, time='20240229T000000Z')
case('last second of a year', INVOKE, time='20261231T235959Z')
case('year 1970', INVOKE, time='19700101T000000Z')

# ---- hosts and services -----------------------------------------------------------------------------------
case('function URL', URL + '/', [JSON], region='eu-west-1')
case('function URL with a path and a query', URL + '/orders/42?b=2&a=1', [JSON], region='eu-west-1')
case('function URL, PUT of binary', URL + '/blob', [['Content-Type', 'application/octet-stream']],
     EVERY_BYTE, 'PUT', region='eu-west-1')
case('API Gateway with a stage', API + '/prod/tokenize', [JSON], service='execute-api',
     region='us-east-2')
get('API Gateway, encoded path', API + '/prod/a%20b/%7Bid%7D?q=%20', service='execute-api',
    region='us-east-2')
case('DELETE', API + '/prod/x', body=b'', method='DELETE', service='execute-api', region='us-east-2')
case('port of its own under TLS', 'https://localhost:4566' + FN + 'tok/invocations')
case("https's own port", 'https://lambda.us-east-1.amazonaws.com:443' + FN + 'tok/invocations')
case('port 80 under TLS', 'https://lambda.test:80' + FN + 'tok/invocations')
case('port 443 without TLS', 'http://lambda.test:443' + FN + 'tok/invocations')
case('IPv6', 'http://[::1]:9001' + FN + 'tok/invocations')
case('host in capitals', 'https://Lambda.US-east-1.AmazonAWS.com' + FN + 'tok/invocations')
get('STS', 'https://sts.us-east-1.amazonaws.com/?Action=GetCallerIdentity&Version=2011-06-15',
    service='sts')
case('SQS', 'https://sqs.eu-central-1.amazonaws.com/', [JSON], service='sqs', region='eu-central-1')

# ---- S3: encoded once ----------------------------------------------------------------------------------------
get('S3 object', S3 + '/key', service='s3')
get('S3: blank, plus, percent in a key', S3 + '/a%20b%2Bc%25', service='s3')
get('S3: slashes and dots are part of the key', S3 + '//a/../b/./c//', service='s3')
case('S3 upload', S3 + '/bin', [['Content-Type', 'application/octet-stream']], EVERY_BYTE, 'PUT',
     service='s3')
get('S3: query', S3 + '?list-type=2&prefix=a%2Fb&delimiter=%2F', service='s3')
get('S3: non-ASCII, encoded', S3 + '/n%C3%A4me', service='s3', token=TOKEN)
get('S3 with a query of one name', S3 + '?acl', service='s3')


def signed(c):
    class Clock(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return datetime.datetime.strptime(c['time'], '%Y%m%dT%H%M%SZ')

    botocore.auth.get_current_datetime = lambda: Clock.now()
    request = AWSRequest(method=c['method'], url=c['url'], data=c['body'])
    request.headers = HTTPHeaders()
    for name, value in c['headers']:
        request.headers.add_header(name, value)
    before = {name.lower() for name in request.headers.keys()} | {'authorization'}
    kind = S3SigV4Auth if c['service'] == 's3' else SigV4Auth
    signer = kind(Credentials(c['access'], c['secret'], c['token']), c['service'], c['region'])
    signer.add_auth(request)
    adds = ['host'] + [n.lower() for n in request.headers.keys() if n.lower() not in before]
    authorization = request.headers['Authorization']
    del request.headers['Authorization']
    return authorization, signer.canonical_request(request), adds


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    lines = open(os.path.join(here, 'sigv4.jsonl'), 'w', encoding='utf-8')
    words = open(os.path.join(here, 'sigv4.args'), 'w', encoding='utf-8')
    for number, c in enumerate(CASES, 1):
        authorization, canonical, adds = signed(c)
        name = f'v{number:03}'
        body = base64.b64encode(c['body']).decode()
        row = {'id': name, 'note': c['note'], 'method': c['method'], 'url': c['url'],
               'headers': c['headers'], 'body_b64': body, 'access': c['access'], 'secret': c['secret'],
               'token': c['token'], 'region': c['region'], 'service': c['service'],
               'time': c['time'], 'signer_adds': adds, 'expected_authorization': authorization,
               'expected_canonical_request': canonical}
        lines.write(json.dumps(row, ensure_ascii=False) + '\n')
        options = ['--method', c['method'], '--url', c['url'], '--service', c['service'],
                   '--region', c['region'], '--time', c['time']]
        for key, value in c['headers']:
            options += ['--header', f'{key}:{value}']
        words.write(' '.join(shlex.quote(w) for w in [
            name, authorization, c['access'], c['secret'], c['token'] or '', body] + options) + '\n')
    print(len(CASES), 'vectors')


main()
