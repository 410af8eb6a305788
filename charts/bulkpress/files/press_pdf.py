"""`helm test`: hand in a PDF, wait for its end, download it, and look that it is a smaller PDF.

Runs in the gateway's image with the standard library alone. Arguments: the gateway's URL, `keys` or `none` for how it
asks who calls, and the seconds to wait. A key is made for the test and closed after it.
"""

import json
import subprocess
import sys
import time
import urllib.request

KEYS = [sys.executable, "-m", "upload_gateway.keys"]
BOUNDARY = "bulkpress-helm-test"


def sample_pdf():
    """A page of text as a program wrote it: not compressed, so that there is something to gain."""
    lines = b"".join(
        b"1 0 0 1 72 %d Tm (Line %d of the test of this release) Tj\n" % (800 - 2 * n, n) for n in range(380)
    )
    content = b"BT /F1 2 Tf\n" + lines + b"ET"
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(content), content),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]
    pdf, offsets = b"%PDF-1.7\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(pdf))
        pdf += b"%d 0 obj%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(pdf))
    return pdf + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + trailer


def call(url, key, body=None):
    """What the gateway answers, as bytes. Raises HTTPError for what it refuses."""
    headers = {"X-API-Key": key} if key else {}
    if body is not None:
        headers["Content-Type"] = f"multipart/form-data; boundary={BOUNDARY}"
    with urllib.request.urlopen(urllib.request.Request(url, data=body, headers=headers), timeout=60) as answer:
        return answer.read()


def press(gateway, key, wait_s):
    """Hand in one PDF and return it and its result. Ends the program when the job does not finish in time."""
    pdf = sample_pdf()
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="files"; filename="test.pdf"\r\n\r\n'
    body = head.encode() + pdf + f"\r\n--{BOUNDARY}--\r\n".encode()
    job_id = json.loads(call(f"{gateway}/api/compress/bulk", key, body))["job_id"]
    print("handed in job", job_id)
    deadline = time.monotonic() + wait_s
    while (job := json.loads(call(f"{gateway}/api/compress/jobs/{job_id}", key)))["status"] != "finished":
        if time.monotonic() > deadline:
            sys.exit(f"after {wait_s} s the job is still {job['status']}: look at the worker of compression-express")
        time.sleep(1)
    if job["failed_count"]:
        sys.exit(f"the file failed: {json.dumps(job)}")
    return pdf, call(f"{gateway}/api/compress/jobs/{job_id}/files/0/download", key)


def main(gateway, auth, wait_s):
    """Try it; exit with 0 if the result is a smaller PDF."""
    key = ""
    if auth == "keys":
        made = [*KEYS, "create", "--tenant", "helm-test", "--name", "helm test", "--expires-in", "1h"]
        key = subprocess.run(made, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    try:
        source, result = press(gateway, key, wait_s)
    finally:
        if key:
            subprocess.run([*KEYS, "revoke", key.split("_")[1]], check=True)
    if not (result.startswith(b"%PDF-") and len(result) < len(source)):
        sys.exit(f"what came back is no smaller PDF: {len(source)} bytes became {len(result)}")
    print(f"{len(source)} bytes became {len(result)}")


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), sys.argv[2], int(sys.argv[3]))
