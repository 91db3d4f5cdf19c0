"""Eqs. 6 to 9 by hand, and the fast masked likelihood against the plain loop it replaces."""

import math
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F

from vabal_core.config import Config
from vabal_core.model import cvae
from vabal_core.model.backbones import BACKBONES
from vabal_core.model.cvae import BLOCK, CVAE, classify, kl_divergence, latent_energy, masked_log_likelihood
from vabal_core.model.cvae import reconstruction_log_likelihood as reconstruction
from vabal_core.runtime import one_thread


def z_of(*values: float) -> torch.Tensor:
    """A latent point whose block n is (values[n], 0, 0, ...)."""
    z = torch.zeros(len(values), BLOCK)
    z[:, 0] = torch.tensor(values)
    return z.flatten()


def test_latent_energy_by_hand():
    """Table 2: z^2, |z| and Sigmoid(z), summed over the block; the sigmoid tells -3 from 3."""
    z = z_of(2.0, -3.0)
    assert latent_energy(z, "square").tolist() == [4.0, 9.0]
    assert latent_energy(z, "absolute").tolist() == [2.0, 3.0]
    sigmoid = [1 / (1 + math.exp(-v)) + 9 * 0.5 for v in (2, -3)]
    assert latent_energy(z, "sigmoid").tolist() == pytest.approx(sigmoid)


@pytest.mark.parametrize("kind", ["square", "absolute"])
def test_the_class_of_a_draw_is_the_block_nearest_to_zero(kind):
    assert classify(torch.stack([z_of(2.0, 0.5, -1.0), z_of(0.1, 0.5, -1.0)]), kind).tolist() == [1, 0]


def test_with_the_sigmoid_the_class_of_a_draw_is_the_lowest_block():
    assert classify(torch.stack([z_of(2.0, 0.5, -1.0), z_of(0.1, -2.5, -1.0)]), "sigmoid").tolist() == [2, 1]


def test_bernoulli_log_likelihood_by_hand():
    # logit log(3) is probability 3/4
    output, x = torch.tensor([math.log(3), 0.0]), torch.tensor([1.0, 0.5])
    expected = [math.log(0.75), math.log(0.5)]
    assert float(reconstruction(output, x, "bernoulli")) == pytest.approx(sum(expected), rel=1e-6)


def test_gaussian_log_likelihood_by_hand():
    output, x = torch.tensor([1.0, 2.0]), torch.tensor([1.0, 4.0])
    expected = -0.5 * (0 + 4) - math.log(2 * math.pi)
    assert float(reconstruction(output, x, "gaussian")) == pytest.approx(expected, rel=1e-6)


def test_kl_divergence_by_hand():
    mean, log_variance = torch.tensor([1.0, 0.0]), torch.tensor([0.0, math.log(2)])
    expected = [0.5, 0.5 * (2 - 1 - math.log(2))]
    assert float(kl_divergence(mean, log_variance)) == pytest.approx(sum(expected), rel=1e-6)


def test_kl_divergence_of_the_prior_itself_is_zero():
    assert float(kl_divergence(torch.zeros(5), torch.zeros(5))) == 0


def test_the_weight_of_the_kl_term_is_a_setting():
    """With 4 classes D = 512 features stand against Z = 40 latent dimensions, or 30 where a block is masked."""
    log_likelihood, kl = torch.tensor(-256.0), torch.tensor(8.0)
    elbo = {
        (reduction, weight, latent): float(
            CVAE(4, Config(reduction=reduction, kl_weight=weight)).elbo(log_likelihood, kl, latent)
        )
        for reduction in ("sum", "mean")
        for weight in ("per_dimension", "elbo")
        for latent in (40, 30)
    }
    assert elbo == pytest.approx(
        {("sum", weight, latent): -264.0 for weight in ("per_dimension", "elbo") for latent in (40, 30)}
        | {("mean", "elbo", latent): -264.0 / 512 for latent in (40, 30)}
        | {("mean", "per_dimension", latent): -256.0 / 512 - 8.0 / latent for latent in (40, 30)}
    )


def test_loss_is_minus_the_elbo_plus_lambda_times_the_class_term():
    torch.manual_seed(0)
    vae = CVAE(3, Config()).double().eval()
    taps, predicted = torch.rand(5, 960, dtype=torch.float64), torch.tensor([0, 1, 2, 0, 1])
    noise = torch.randn(5, 3 * BLOCK, dtype=torch.float64)
    x = vae.project(taps)
    mean, log_variance = vae.encode(x)
    z = mean + noise * (0.5 * log_variance).exp()
    elbo = reconstruction(vae.decoder(z), x, "bernoulli") / 512 - kl_divergence(mean, log_variance) / 30
    energy = latent_energy(z, "square")
    class_term = (energy.gather(1, predicted[:, None])[:, 0] + torch.logsumexp(-energy, 1)).mean()
    expected = float((-elbo.mean() + 0.7 * class_term).detach())
    assert float(cvae.loss(vae, taps, predicted, noise, 0.7).detach()) == pytest.approx(expected, rel=1e-12)


def test_the_reconstruction_target_is_detached():
    """Only the encoder's path may move the projections: with nothing to encode for, they get no gradient."""
    vae = CVAE(2, Config())
    for layer in (vae.mean, vae.log_variance):
        torch.nn.init.zeros_(layer.weight)
    cvae.loss(vae, torch.rand(4, 960), torch.tensor([0, 1, 0, 1]), torch.randn(4, 2 * BLOCK), 0.005).backward()
    assert all(float(p.grad.abs().max()) == 0 for p in vae.projections.parameters())


def plain_masked_log_likelihood(vae: CVAE, x: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """The loop: for each draw and each class, mask a copy of z, decode it whole."""
    result = torch.zeros(len(x), vae.class_count, dtype=x.dtype)
    mean, log_variance = vae.encode(x)
    block_of = torch.arange(vae.latent) // BLOCK
    for draw in noise:
        for n in range(vae.class_count):
            z = mean + draw * (0.5 * log_variance).exp()
            z[:, n * BLOCK : (n + 1) * BLOCK] = 0
            log_likelihood = reconstruction(vae.decoder(z), x, vae.reconstruction)
            kept = (block_of != n) | (not vae.mask_kl)
            kl = kl_divergence(mean[:, kept], log_variance[:, kept])
            if vae.reduction == "mean":
                log_likelihood, kl = log_likelihood / x.shape[1], kl / int(kept.sum())
            result[:, n] += log_likelihood - kl
    return result / len(noise)


@pytest.mark.parametrize("kind", ["bernoulli", "gaussian"])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
@pytest.mark.parametrize("classes", [2, 6, 100])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-4), (torch.float64, 1e-10)])
@torch.inference_mode()
def test_fast_masked_likelihood_equals_the_plain_loop(kind, reduction, classes, dtype, tolerance):
    torch.manual_seed(classes)
    vae = CVAE(classes, Config(reconstruction=kind, reduction=reduction)).to(dtype).eval()
    x, noise = torch.rand(5, 512, dtype=dtype), torch.randn(3, 5, BLOCK * classes, dtype=dtype)
    fast, plain = masked_log_likelihood(vae, x, noise), plain_masked_log_likelihood(vae, x, noise)
    torch.testing.assert_close(fast, plain, rtol=tolerance, atol=0)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@torch.inference_mode()
def test_the_masked_kl_equals_the_plain_loop_too(reduction):
    torch.manual_seed(3)
    vae = CVAE(4, Config(mask_kl=True, reduction=reduction)).double().eval()
    x, noise = torch.rand(5, 512).double(), torch.randn(3, 5, 40).double()
    fast, plain = masked_log_likelihood(vae, x, noise), plain_masked_log_likelihood(vae, x, noise)
    torch.testing.assert_close(fast, plain, rtol=1e-10, atol=0)


@torch.inference_mode()
def test_permuting_images_permutes_likelihoods():
    torch.manual_seed(1)
    vae = CVAE(4, Config()).double().eval()
    x, noise, order = torch.rand(6, 512).double(), torch.randn(3, 6, 40).double(), torch.randperm(6)
    whole = masked_log_likelihood(vae, x, noise)
    torch.testing.assert_close(masked_log_likelihood(vae, x[order], noise[:, order]), whole[order], rtol=1e-12, atol=0)


@torch.inference_mode()
def test_draws_shared_by_all_images_broadcast():
    torch.manual_seed(2)
    vae = CVAE(3, Config()).double().eval()
    x, noise = torch.rand(4, 512).double(), torch.randn(5, 1, 30).double()
    expanded = masked_log_likelihood(vae, x, noise.expand(-1, 4, -1))
    torch.testing.assert_close(masked_log_likelihood(vae, x, noise), expanded, rtol=1e-12, atol=0)


@torch.inference_mode()
def test_the_fast_likelihood_is_exact_for_every_class_count_up_to_a_hundred():
    with one_thread():  # ten thousand tiny products: two threads would only wait for each other
        for classes in range(2, 101):
            torch.manual_seed(classes)
            vae = CVAE(classes, Config()).double().eval()
            x, noise = torch.rand(2, 512).double(), torch.randn(1, 2, BLOCK * classes).double()
            for vae.reconstruction in ("bernoulli", "gaussian"):  # of the same network
                fast, plain = masked_log_likelihood(vae, x, noise), plain_masked_log_likelihood(vae, x, noise)
                torch.testing.assert_close(fast, plain, rtol=1e-10, atol=0)


@torch.inference_mode()
def test_outputs_far_from_zero_neither_overflow_nor_lose_digits():
    """The product of 64 terms stays finite whatever the logits are."""
    v = torch.linspace(-3e4, 3e4, 512)
    expected = (F.softplus(v.double()) - 0.5 * v.double()).sum()
    assert float(cvae._sum_of_even_softplus(v.clone())) == pytest.approx(float(expected), rel=1e-5)
    zeros = torch.zeros(512)
    assert float(cvae._sum_of_even_softplus(zeros)) == pytest.approx(512 * math.log(2), rel=1e-6)


@torch.inference_mode()
def test_permuting_classes_permutes_the_terms():
    torch.manual_seed(4)
    vae, order = CVAE(4, Config()).double().eval(), torch.tensor([2, 0, 3, 1])
    x, noise = torch.rand(3, 512).double(), torch.randn(2, 3, 40).double()
    whole = masked_log_likelihood(vae, x, noise)
    latent = torch.arange(40).view(4, BLOCK)[order].flatten()
    for head in (vae.mean, vae.log_variance):
        head.weight.copy_(head.weight[latent].clone())
        head.bias.copy_(head.bias[latent].clone())
    vae.decoder[0].weight.copy_(vae.decoder[0].weight[:, latent].clone())
    permuted = masked_log_likelihood(vae, x, noise[..., latent])
    torch.testing.assert_close(permuted, whole[:, order], rtol=1e-10, atol=0)


def test_masking_while_training_decodes_without_the_predicted_block():
    z, predicted = torch.arange(1.0, 41.0).view(2, 20), torch.tensor([1, 0])
    masked = cvae.without_block(z, predicted)
    assert masked[0].tolist() == [*range(1, 11), *[0] * 10]
    assert masked[1].tolist() == [*[0] * 10, *range(31, 41)]
    torch.manual_seed(0)
    usual, masking = CVAE(2, Config()).eval(), CVAE(2, Config(mask_while_training=True)).eval()
    masking.load_state_dict(usual.state_dict())
    given = torch.rand(3, 960), torch.tensor([0, 1, 1]), torch.randn(3, 20)
    with torch.inference_mode():
        assert float(cvae.loss(usual, *given, 0.0)) != float(cvae.loss(masking, *given, 0.0))


def test_the_order_of_the_projection_is_a_setting():
    orders = {
        name: [type(layer).__name__ for layer in CVAE(2, Config(projection=name)).projections[0]]
        for name in ("norm_linear", "linear_norm")
    }
    assert orders == {
        "norm_linear": ["BatchNorm1d", "Linear", "Sigmoid"],
        "linear_norm": ["Linear", "BatchNorm1d", "Sigmoid"],
    }


@pytest.mark.parametrize("kind", ["bernoulli", "gaussian"])
@pytest.mark.parametrize("channels", [(24, 40, 112, 320), (32, 48, 160)])
def test_the_taps_of_another_backbone_are_data(monkeypatch, channels, kind):
    """Four taps of other widths than a ResNet's, and three: projected, trained on, read as the plain loop reads."""
    monkeypatch.setitem(BACKBONES, "resnet18", replace(BACKBONES["resnet18"], tap_channels=channels))
    torch.manual_seed(0)
    vae = CVAE(3, Config(reconstruction=kind)).double()
    taps, noise = torch.rand(6, sum(channels)).double(), torch.randn(2, 6, 30).double()
    cvae.loss(vae, taps, torch.tensor([0, 1, 2, 0, 1, 2]), noise[0], 0.005).backward()
    assert [float(projection[1].weight.grad.abs().max()) > 0 for projection in vae.projections] == [True] * len(
        channels
    )
    with torch.inference_mode():
        x = vae.eval().project(taps)
        assert x.shape == (6, 128 * len(channels))
        fast, plain = masked_log_likelihood(vae, x, noise), plain_masked_log_likelihood(vae, x, noise)
    torch.testing.assert_close(fast, plain, rtol=1e-10, atol=0)


def test_one_class_is_refused():
    with pytest.raises(ValueError, match="class_count=1"):
        CVAE(1, Config())
