/* The Python module: bytes in, bytes out; what its functions promise stands in __init__.py and _codec.pyi. */
#define PY_SSIZE_T_CLEAN
#define Py_LIMITED_API 0x030B0000
#include <Python.h>

#include <string.h>

#include "ccitt.h"
#include "page.h"

static const char *const MESSAGES[] = {
    [PAGE_DAMAGED] = "the data breaks its standard, or ends early",
    [PAGE_OTHER] = "the data holds something else than this codec writes",
    [PAGE_OTHER_SIZE] = "the page is of another size",
};

static PyObject *undecodable_error; /* of the one interpreter that loads the module */

/* Rows of bits: how many bytes, or -1 with ValueError set. */
static Py_ssize_t samples_length(long long width, long long height)
{
    if (width < 1 || height < 1 || width > MAX_SIDE_PX || height > MAX_SIDE_PX) {
        PyErr_Format(PyExc_ValueError, "width and height must be from 1 to %d", (int)MAX_SIDE_PX);
        return -1;
    }
    const long long row = (width + 7) / 8;
    if (height > PY_SSIZE_T_MAX / row) {
        PyErr_SetString(PyExc_ValueError, "width times height is too large");
        return -1;
    }
    return (Py_ssize_t)(row * height);
}

static PageResult encode_samples(const uint8_t *samples, uint32_t width, uint32_t height, CodedPage *page)
{
    Bitmap bitmap;
    if (bitmap_new(&bitmap, width, height) < 0)
        return PAGE_OUT_OF_MEMORY;
    bitmap_from_samples(&bitmap, samples);
    const PageResult result = encode_page(&bitmap, page);
    bitmap_free(&bitmap);
    return result;
}

static PyObject *segments_of(const CodedPage *page)
{
    const uint64_t length = page_length(page);
    if (length == UINT64_MAX)
        return PyErr_Format(PyExc_ValueError, "the data is longer than a segment can be");
    PyObject *segments = PyBytes_FromStringAndSize(NULL, (Py_ssize_t)length);
    if (segments != NULL)
        write_page(page, (uint8_t *)PyBytes_AsString(segments));
    return segments;
}

static PyObject *encode(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer samples;
    long long width, height;
    CodedPage page = {0};
    PyObject *result = NULL;
    PageResult status;

    if (!PyArg_ParseTuple(args, "y*LL:encode", &samples, &width, &height))
        return NULL;
    const Py_ssize_t length = samples_length(width, height);
    if (length >= 0 && samples.len != length)
        PyErr_Format(PyExc_ValueError, "%zd bytes of samples where %zd belong", samples.len, length);
    if (!PyErr_Occurred()) {
        Py_BEGIN_ALLOW_THREADS
        status = encode_samples(samples.buf, (uint32_t)width, (uint32_t)height, &page);
        Py_END_ALLOW_THREADS
        result = status == PAGE_OK ? segments_of(&page) : PyErr_NoMemory();
    }
    page_free(&page);
    PyBuffer_Release(&samples);
    return result;
}

static PageResult decode_samples(Bitmap *page, const Py_buffer *data, uint32_t width, uint32_t height)
{
    if (bitmap_new(page, width, height) < 0)
        return PAGE_OUT_OF_MEMORY;
    return read_page(page, data->buf, (size_t)data->len);
}

static PyObject *samples_of(const Bitmap *page, PageResult result, Py_ssize_t length)
{
    if (result == PAGE_OUT_OF_MEMORY)
        return PyErr_NoMemory();
    if (result != PAGE_OK) {
        PyErr_SetString(undecodable_error, MESSAGES[result]);
        return NULL;
    }
    PyObject *samples = PyBytes_FromStringAndSize(NULL, length);
    if (samples != NULL)
        bitmap_to_samples(page, (uint8_t *)PyBytes_AsString(samples));
    return samples;
}

static PyObject *decode(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer data;
    long long width, height;
    Bitmap page = {0};
    PageResult status;
    PyObject *result = NULL;

    if (!PyArg_ParseTuple(args, "y*LL:decode", &data, &width, &height))
        return NULL;
    const Py_ssize_t length = samples_length(width, height);
    if (length >= 0) {
        Py_BEGIN_ALLOW_THREADS
        status = decode_samples(&page, &data, (uint32_t)width, (uint32_t)height);
        Py_END_ALLOW_THREADS
        result = samples_of(&page, status, length);
    }
    bitmap_free(&page);
    PyBuffer_Release(&data);
    return result;
}

static PyObject *is_coding_of(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer data, samples;
    long long width, height;
    Bitmap page = {0};
    PageResult status;
    PyObject *result = NULL;

    if (!PyArg_ParseTuple(args, "y*y*LL:is_coding_of", &data, &samples, &width, &height))
        return NULL;
    const Py_ssize_t length = samples_length(width, height);
    if (length >= 0) {
        int is_equal = 0;
        Py_BEGIN_ALLOW_THREADS
        status = decode_samples(&page, &data, (uint32_t)width, (uint32_t)height);
        if (status == PAGE_OK && samples.len == length)
            is_equal = bitmap_equals_samples(&page, samples.buf);
        Py_END_ALLOW_THREADS
        result = status == PAGE_OUT_OF_MEMORY ? PyErr_NoMemory() : PyBool_FromLong(is_equal);
    }
    bitmap_free(&page);
    PyBuffer_Release(&samples);
    PyBuffer_Release(&data);
    return result;
}

static PageResult decode_ccitt_samples(Bitmap *page, const Py_buffer *data, const CcittStyle *style, uint32_t width,
                                       uint32_t height)
{
    if (bitmap_new(page, width, height) < 0)
        return PAGE_OUT_OF_MEMORY;
    switch (ccitt_decode(page, style, data->buf, (size_t)data->len)) {
    case CCITT_OK: return PAGE_OK;
    case CCITT_OUT_OF_MEMORY: return PAGE_OUT_OF_MEMORY;
    default: return PAGE_DAMAGED;
    }
}

static PyObject *decode_ccitt(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer data;
    long long width, height;
    CcittStyle style;
    Bitmap page = {0};
    PageResult status;
    PyObject *result = NULL;

    if (!PyArg_ParseTuple(args, "y*LLlp:decode_ccitt", &data, &width, &height, &style.k, &style.is_byte_aligned))
        return NULL;
    const Py_ssize_t length = samples_length(width, height);
    if (length >= 0) {
        Py_BEGIN_ALLOW_THREADS
        status = decode_ccitt_samples(&page, &data, &style, (uint32_t)width, (uint32_t)height);
        Py_END_ALLOW_THREADS
        result = samples_of(&page, status, length);
    }
    bitmap_free(&page);
    PyBuffer_Release(&data);
    return result;
}

static PyObject *mq_encoded(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer data;
    MqEncoder mq;
    MqContext context = 0;
    PyObject *result = NULL;

    if (!PyArg_ParseTuple(args, "y*:mq_encoded", &data))
        return NULL;
    if (mq_encoder_start(&mq) == 0) {
        for (Py_ssize_t i = 0; i < 8 * data.len; i++)
            mq_encode(&mq, &context, (((const uint8_t *)data.buf)[i / 8] >> (7 - i % 8)) & 1u);
        mq_encoder_flush(&mq);
        if (!mq.is_out_of_memory)
            result = PyBytes_FromStringAndSize((const char *)mq.bytes + 1, (Py_ssize_t)mq.length - 1);
    }
    mq_encoder_free(&mq);
    PyBuffer_Release(&data);
    return result == NULL && !PyErr_Occurred() ? PyErr_NoMemory() : result;
}

static PyObject *mq_decoded(PyObject *Py_UNUSED(module), PyObject *args)
{
    Py_buffer data;
    Py_ssize_t length;
    MqDecoder mq;
    MqContext context = 0;

    if (!PyArg_ParseTuple(args, "y*n:mq_decoded", &data, &length))
        return NULL;
    PyObject *result = length < 0 ? PyErr_Format(PyExc_ValueError, "a negative length")
                                  : PyBytes_FromStringAndSize(NULL, length);
    if (result != NULL) {
        uint8_t *out = (uint8_t *)PyBytes_AsString(result);
        mq_decoder_start(&mq, data.buf, (size_t)data.len);
        for (Py_ssize_t i = 0; i < length; i++) {
            unsigned byte = 0;
            for (int k = 0; k < 8; k++)
                byte = byte << 1 | mq_decode(&mq, &context);
            out[i] = (uint8_t)byte;
        }
    }
    PyBuffer_Release(&data);
    return result;
}

static PyMethodDef METHODS[] = {
    {"encode", encode, METH_VARARGS, NULL},
    {"decode", decode, METH_VARARGS, NULL},
    {"is_coding_of", is_coding_of, METH_VARARGS, NULL},
    {"decode_ccitt", decode_ccitt, METH_VARARGS, NULL},
    {"mq_encoded", mq_encoded, METH_VARARGS, NULL},
    {"mq_decoded", mq_decoded, METH_VARARGS, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef MODULE = {
    PyModuleDef_HEAD_INIT, "bulkpress_jbig2._codec", NULL, -1, METHODS, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__codec(void)
{
    ccitt_start();
    PyObject *errors = PyImport_ImportModule("bulkpress_jbig2.errors");
    if (errors == NULL)
        return NULL;
    undecodable_error = PyObject_GetAttrString(errors, "UndecodableError");
    Py_DECREF(errors);
    return undecodable_error == NULL ? NULL : PyModule_Create(&MODULE);
}
